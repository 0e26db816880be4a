import NIOCore
import TestKit
import Testing

@testable import Wire

@Suite("A router")
struct RouterTests {
    /// Answers with its name, and notes what it is given.
    private final class Place: Responder {
        let manifest: Manifest
        let name: String
        var seen: [String] = []

        init(_ name: String, _ specs: CommandSpec...) {
            self.name = name
            manifest = Manifest(specs)
        }

        func respond(to request: Request, from caller: Caller, _ answer: @escaping @Sendable (Answer) -> Void) {
            seen.append("\(request.spec.verb) \(request.size)")
            answer(Answer(.done(name)))
        }

        func ended(lane: UInt64) { seen.append("ended \(lane)") }

        func take() -> [String] {
            defer { seen = [] }
            return seen
        }
    }

    private let keys = Place("keys", Sample.echo, Sample.seal)
    private let auth = Place("auth", Sample.check)
    private let largeKeys = Place("large keys", Sample.echo)
    private let largeAuth = Place("large auth")

    private func router(large: [Place]) -> Router {
        Router(
            session: SessionCommands(host: "s", limits: .session), over: [keys, auth], large: large, arePipelined: true)
    }

    private func echo(_ count: Int) throws -> Request {
        try Request(Sample.echo, [ByteBuffer(repeating: 0, count: count)])
    }

    private func give(_ request: Request, to router: Router) {
        router.respond(to: request, from: Caller(lane: 7, peer: "", token: nil)) { _ in }
    }

    @Test("More than 64 KiB goes the large way to the same responder, all else the other")
    func large() throws {
        let router = router(large: [largeKeys, largeAuth])
        for count in [0, 1, 65_536] { give(try echo(count), to: router) }
        #expect(keys.take() == ["ECHO 0", "ECHO 1", "ECHO 65536"] && largeKeys.take() == [])
        give(try echo(65_537), to: router)
        #expect(keys.take() == [] && largeKeys.take() == ["ECHO 65537"])
        let message = ByteBuffer(repeating: 0, count: 65_536)
        give(try Request(Sample.check, [ByteBuffer(string: "m"), message]), to: router)
        #expect(largeAuth.take() == ["CHECK 65537"])
        #expect([keys, auth, largeKeys].allSatisfy { $0.seen == [] })
    }

    @Test("Where there is no other way, large requests go as all do")
    func oneWay() throws {
        let router = router(large: [])
        give(try echo(100_000), to: router)
        #expect(keys.take() == ["ECHO 100000"] && auth.take() == [])
    }

    @Test("A session's end is told on every way, once on each")
    func ends() {
        router(large: [largeKeys, largeAuth]).ended(lane: 7)
        for place in [keys, auth, largeKeys, largeAuth] { #expect(place.take() == ["ended 7"]) }
        router(large: []).ended(lane: 8)
        router(large: [keys, largeAuth]).ended(lane: 9)
        #expect(keys.take() == ["ended 8", "ended 9"] && auth.take() == ["ended 8", "ended 9"])
        #expect(largeAuth.take() == ["ended 9"] && largeKeys.take() == [])
    }

    @Test("More places may be added behind those there are; who counts first is told apart from that")
    func extended() throws {
        let router = router(large: [])
        let other = Place("other", Sample.bare, Sample.echo)
        let places = [keys, auth, other]
        let doubled = router.extend(to: places, large: places, order: [2, 0, 1], isComplete: false)
        #expect(doubled == ["ECHO"] && !router.manifest.isComplete)
        #expect(router.manifest["ECHO"]?.route == 3 && router.manifest["SEAL"]?.route == 1)
        #expect(router.manifest.specs.suffix(4).map(\.name) == ["BARE", "ECHO", "SEAL", "CHECK"])
        give(try echo(1), to: router)
        #expect(other.take() == ["ECHO 1"] && keys.take() == [])
        #expect(router.extend(to: [keys], large: [keys], order: [0], isComplete: true) == [])
        #expect(router.manifest.isComplete && router.manifest["BARE"] == nil)
    }

    @Test("What is known comes from the small ways alone")
    func manifest() throws {
        let other = Place("other", Sample.bare)
        let router = router(large: [other, largeAuth])
        #expect(router.manifest["BARE"] == nil && router.manifest["SEAL"]?.route == 1)
        #expect(router.manifest["CHECK"]?.route == 2 && router.manifest["NOOP"]?.route == 0)
    }
}

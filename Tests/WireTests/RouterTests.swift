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

        func respond(to request: Request, from caller: Caller, _ answer: ReturnPath) {
            seen.append("\(request.spec.verb) \(request.size)")
            answer(Answer(.done(name)))
        }

        func ended(lane: Lane) { seen.append("ended \(lane)") }

        func take() -> [String] {
            defer { seen = [] }
            return seen
        }
    }

    private let keys = Place("keys", Sample.echo, Sample.seal)
    private let auth = Place("auth", Sample.check)

    private func router() -> Router {
        Router(over: [keys, auth], arePipelined: true)
    }

    private func give(_ verb: Verb, to router: Router) throws {
        let request = try Request(try #require(router.manifest[verb]), [ByteBuffer(string: "x")])
        router.respond(to: request, from: Caller(lane: 7, peer: "", token: nil)) { _ in }
    }

    @Test("A session's end is told to each")
    func ends() {
        router().ended(lane: 7)
        #expect(keys.take() == ["ended 7"] && auth.take() == ["ended 7"])
    }

    @Test("More places may be added behind those there are; who counts first is told apart from that")
    func extended() throws {
        let router = router()
        let other = Place("other", Sample.bare, Sample.echo)
        let places = [keys, auth, other]
        let doubled = router.extend(to: places, order: [2, 0, 1], isComplete: false)
        #expect(doubled == ["ECHO"] && !router.manifest.isComplete)
        #expect(router.manifest["ECHO"]?.route == 3 && router.manifest["SEAL"]?.route == 1)
        #expect(router.manifest.specs.suffix(4).map(\.name) == ["BARE", "ECHO", "SEAL", "CHECK"])
        try give("ECHO", to: router)
        #expect(other.take() == ["ECHO 1"] && keys.take() == [])
        #expect(router.extend(to: [keys], order: [0], isComplete: true) == [])
        #expect(router.manifest.isComplete && router.manifest["BARE"] == nil)
    }
}

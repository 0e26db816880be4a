import NIOCore
import TestKit
import Testing

@testable import Wire

@Suite("A router")
struct RouterTests {
    /// A responder that answers with its name and records its requests.
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
        Router(over: [keys, auth])
    }

    private func give(_ verb: Verb, to router: Router) throws {
        let request = try Request(try #require(router.manifest[verb]), [ByteBuffer(string: "x")])
        router.respond(to: request, from: Caller(lane: 7, peer: "", token: nil)) { _ in }
    }

    @Test("Each responder learns of the end of a session")
    func ends() {
        router().ended(lane: 7)
        #expect(keys.take() == ["ended 7"] && auth.take() == ["ended 7"])
    }

    @Test("A verb goes to the first responder that has it, and never replaces a session's own command")
    func first() throws {
        let other = Place("other", Sample.bare, Sample.echo)
        let router = Router(over: [keys, other])
        #expect(router.manifest["ECHO"]?.route == 1 && router.manifest["BARE"]?.route == 2)
        #expect(router.manifest.specs.map(\.name) == ["ECHO", "SEAL", "BARE"])
        try give("ECHO", to: router)
        #expect(keys.take() == ["ECHO 1"] && other.take() == [])
        #expect(Router(over: [Place("own", Noop.spec)]).manifest.specs.isEmpty)
    }
}

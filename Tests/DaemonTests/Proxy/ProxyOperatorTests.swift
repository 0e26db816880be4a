import NIOCore
import Testing
import Wire

@testable import Proxy

@Suite("The commands of the proxy's operator")
struct ProxyOperatorTests {
    private static let specs = OperatorResponder.table.specs
    private static let failures = Set(specs.flatMap(\.failures))

    @Test("Each command is the operator's, has a short summary and help, and can be parsed from its own text")
    func declarations() throws {
        #expect(Set(Self.specs.map(\.name)).count == Self.specs.count)
        for spec in Self.specs {
            #expect((1..<60).contains(spec.summary.count) && !spec.summary.hasSuffix("."), "\(spec.verb)")
            #expect(spec.help.hasSuffix(".") && spec.help.allSatisfy { !$0.isNewline }, "\(spec.verb)")
            #expect(spec.access == .operator, "\(spec.verb)")
            let text = spec.declaration
            let read = try #require(
                CommandSpec(declaration: RequestLine(head: ByteBuffer(string: text))), "\(spec.verb)")
            #expect(read.declaration == text)
            #expect(text.utf8.allSatisfy { 0x20...0x7E ~= $0 }, "\(spec.verb)")
        }
    }

    @Test("No command uses the verb of a session's own command")
    func verbs() {
        let taken = Set(SessionCommands.specs.map(\.verb))
        #expect(taken.isDisjoint(with: Self.specs.map(\.verb)))
    }

    @Test("Each refusal has a code of its class and a text of its own")
    func refusals() throws {
        #expect(Set(Self.failures.map(\.text)).count == Self.failures.count)
        for failure in Self.failures {
            #expect(failure.enhanced.hasPrefix("\(failure.code / 100)."), "\(failure.text)")
            #expect(failure.text.utf8.allSatisfy { 0x20...0x7E ~= $0 }, "\(failure.text)")
            #expect(!Failure.ofTheProtocol.contains(failure), "\(failure.text)")
        }
    }
}

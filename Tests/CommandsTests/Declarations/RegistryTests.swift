import Commands
import Testing
import Wire

@Suite("The registry")
struct RegistryTests {
    private struct First: Command {
        static let spec = CommandSpec(
            "FIRST", access: .anyone, isRepeatable: true, summary: "First", help: "First.")
        func run(_ call: Call) async throws -> Answer { Answer(.done("first")) }
    }

    private struct Again: Command {
        static let spec = CommandSpec(
            "First", access: .user, isRepeatable: false, summary: "Again", help: "Again.")
        func run(_ call: Call) async throws -> Answer { Answer(.done("again")) }
    }

    private struct SecondQuit: Command {
        static let spec = CommandSpec(
            "QUIT", access: .anyone, isRepeatable: true, summary: "Quit", help: "Quits.")
        func run(_ call: Call) async throws -> Answer { Answer(.done("quit")) }
    }

    private struct Twins: Command {
        private static let name = Parameter.name("name")
        static let spec = CommandSpec(
            "TWINS", [Parameter.word("mark").spec], [name.spec, name.optional], access: .anyone, isRepeatable: true,
            summary: "Twins", help: "Twins.")
        func run(_ call: Call) async throws -> Answer { Answer(.done("twins")) }
    }

    /// A command with two forms that use the same label for an argument, which is allowed.
    private struct Forms: Command {
        private static let name = Parameter.name("name")
        static let spec = CommandSpec(
            "FORMS", [name.spec], [Parameter.secret("token", key: "TOKEN").spec, name.spec], access: .anyone,
            isRepeatable: true, summary: "Forms", help: "Forms.")
        func run(_ call: Call) async throws -> Answer { Answer(.done("forms")) }
    }

    @Test("The registry keeps the commands of all plugins in order, each with the name of its plugin")
    func order() throws {
        let registry = try Registry([
            Plugin(name: "one", commands: [Forms(), First()]), Plugin(name: "none", commands: []),
        ])
        #expect(registry.manifest.specs.map(\.verb) == ["FORMS", "FIRST"])
        #expect(registry.manifest.specs.map(\.plugin) == ["one", "one"])
        #expect(registry["FIRST"]?.command is First)
        #expect(registry["QUIT"] == nil)
    }

    private static let refused: [([any Command<Call>], CommandTableError)] = [
        ([First(), First()], .doubledVerb("FIRST")),
        ([First(), Again()], .doubledVerb("FIRST")),
        ([SecondQuit()], .doubledVerb("QUIT")),
        ([Twins()], .doubledLabel("TWINS")),
    ]

    @Test("The registry refuses commands that it could not serve", arguments: refused.indices)
    func refusal(_ index: Int) {
        let (commands, error) = Self.refused[index]
        #expect(throws: error) { try Registry([Plugin(name: "one", commands: commands)]) }
        #expect(throws: error) {
            try Registry(commands.enumerated().map { Plugin(name: "\($0.offset)", commands: [$0.element]) })
        }
        #expect(error.description.contains(" \(commands.last.map { $0.spec.verb }!) "))
    }

    private struct Privileged: Command {
        static let spec = CommandSpec(
            "PRIVILEGED", access: .operator, isRepeatable: true, summary: "Privileged", help: "For the operator.")
        func run(_ call: Call) async throws -> Answer { Answer(.done("privileged")) }
    }

    @Test("The registry keeps the operator's commands apart from the others")
    func doors() throws {
        let plugin = { (commands: [any Command<Call>]) in Plugin(name: "one", commands: commands) }
        #expect(throws: CommandTableError.wrongDoor("PRIVILEGED")) { try Registry([plugin([First(), Privileged()])]) }
        #expect(throws: CommandTableError.wrongDoor("FIRST")) {
            try Registry([plugin([Privileged(), First()])], isForOperator: true)
        }
        let registry = try Registry([plugin([Privileged()])], isForOperator: true)
        #expect(registry["PRIVILEGED"]?.command is Privileged)
        #expect(CommandTableError.wrongDoor("FIRST").description.contains(" FIRST "))
    }
}

import NIOCore
import Testing
import Wire

@testable import Shell

@Suite struct ScriptTests {
    private static func spec(
        _ verb: Verb, _ parameters: [ParameterSpec], plugin: String = "keys", access: Access = .user,
        isRepeatable: Bool = true
    ) -> CommandSpec {
        CommandSpec(
            verb: verb, plugin: plugin, forms: [parameters], access: access, isRepeatable: isRepeatable, summary: "",
            help: "")
    }

    /// What may be sent before it is known what came of the requests before it.
    @Test(arguments: [
        ("SIGN attack at dawn", RequestLineTests.sign, true),
        ("sign attack at dawn", RequestLineTests.sign, true),
        ("SIGN", RequestLineTests.sign, false),
        ("SIGN {3+}", RequestLineTests.sign, false),
        ("SIGN {3}", RequestLineTests.sign, false),
        ("LOGIN alice hunter2", RequestLineTests.login, false),
        ("VERIFY clvs1.x message", RequestLineTests.verify, true),
        ("VERIFY TOKEN=e.y.J", RequestLineTests.verify, false),
        ("VERIFY", RequestLineTests.verify, false),
        ("SIGNUP", spec("SIGNUP", [], isRepeatable: false), false),
        ("DISABLE", spec("DISABLE", [], access: .operator), false),
        ("QUIT", spec("QUIT", [], plugin: "", access: .anyone), false),
        ("WHOAMI", spec("WHOAMI", []), true),
        ("WHOAMI now", spec("WHOAMI", []), false),
        ("DANCE", nil, false),
    ])
    func harmless(_ line: String, _ spec: CommandSpec?, _ isHarmless: Bool) {
        #expect(Script.isHarmless(ByteBuffer(string: line), spec) == isHarmless)
    }

    @Test(arguments: [
        ("?", "HELP"), ("? SIGN", "HELP SIGN"), ("SIGN ?", "HELP SIGN"), ("? ?", "HELP ?"), ("SIGN a ?", nil),
        ("SIGN", nil),
    ])
    func question(_ line: String, _ request: String?) {
        #expect(Question(Array(line.utf8)).map { String(decoding: $0.request, as: UTF8.self) } == request)
    }

    @Test(arguments: [
        ("\\timing", ShellCommand.Name.timing), ("\\t", nil), ("\\tr", .trace), ("\\TRACE", .trace), ("\\", nil),
        ("\\dance", nil), (" \\who ", .who), ("\\connect gate", .connect),
    ])
    func commands(_ line: String, _ name: ShellCommand.Name?) {
        let command = ShellCommand(Array(line.utf8))
        #expect(command != nil)
        #expect(command?.name == name)
    }

    @Test func requestsAreNoCommands() {
        #expect(ShellCommand(Array("SIGN \\timing".utf8)) == nil)
        #expect(ShellCommand(Array("\\connect gate".utf8))?.argument == "gate")
    }
}

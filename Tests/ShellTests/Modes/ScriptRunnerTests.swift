import NIOCore
import Testing
import Wire

@testable import Shell

@Suite("Scripts")
struct ScriptRunnerTests {
    private static func spec(
        _ verb: Verb, _ parameters: [ParameterSpec], plugin: String = "keys", access: Access = .user,
        isRepeatable: Bool = true
    ) -> CommandSpec {
        CommandSpec(
            verb: verb, plugin: plugin, forms: [parameters], access: access, isRepeatable: isRepeatable, summary: "",
            help: "")
    }

    @Test(
        "Only complete requests without side effects and secrets are pipelined",
        arguments: [
            ("SIGN attack at dawn", RequestEncoderTests.sign, true),
            ("sign attack at dawn", RequestEncoderTests.sign, true),
            ("SIGN", RequestEncoderTests.sign, false),
            ("SIGN {3+}", RequestEncoderTests.sign, false),
            ("SIGN {3}", RequestEncoderTests.sign, false),
            ("LOGIN alice hunter2", RequestEncoderTests.login, false),
            ("VERIFY clvs1.x message", RequestEncoderTests.verify, true),
            ("VERIFY TOKEN=e.y.J", RequestEncoderTests.verify, false),
            ("VERIFY", RequestEncoderTests.verify, false),
            ("SIGNUP", spec("SIGNUP", [], isRepeatable: false), false),
            ("DISABLE", spec("DISABLE", [], access: .operator), false),
            ("QUIT", spec("QUIT", [], plugin: "", access: .anyone), false),
            ("WHOAMI", spec("WHOAMI", []), true),
            ("WHOAMI now", spec("WHOAMI", []), false),
            ("DANCE", nil, false),
        ])
    func pipelining(_ line: String, _ spec: CommandSpec?, _ isHarmless: Bool) {
        #expect(ScriptRunner.canPipeline(ByteBuffer(string: line), spec) == isHarmless)
    }

    @Test(
        "Blank lines and comments are skipped",
        arguments: [
            ("", true), ("  \t", true), ("# a comment", true), ("#", true), ("NOOP", false), (" # x", false),
        ])
    func skippedLines(_ line: String, _ isSkipped: Bool) {
        #expect(ScriptRunner.isSkipped(ByteBuffer(string: line)) == isSkipped)
    }
}

import Testing

@testable import Shell

@Suite("Meta-commands of the shell")
struct MetaCommandTests {
    @Test(
        "A meta-command may be abbreviated",
        arguments: [
            ("\\timing", MetaCommand.Name.timing), ("\\t", nil), ("\\tr", .trace), ("\\TRACE", .trace), ("\\", nil),
            ("\\dance", nil), (" \\who ", .who), ("\\connect gate", .connect),
        ])
    func abbreviations(_ line: String, _ name: MetaCommand.Name?) {
        let command = MetaCommand(Array(line.utf8))
        #expect(command != nil)
        #expect(command?.name == name)
    }

    @Test("A meta-command begins the line, and may have an argument")
    func arguments() {
        #expect(MetaCommand(Array("SIGN \\timing".utf8)) == nil)
        #expect(MetaCommand(Array("\\connect gate".utf8))?.argument == "gate")
    }
}

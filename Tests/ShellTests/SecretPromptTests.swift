import Testing
import Wire

@testable import Shell

@Suite struct SecretPromptTests {
    @Test(arguments: [
        ("Send the password on a line of its own, or * to cancel", "password"),
        ("Send the new password on a line of its own, or * to cancel", "new password"),
        ("Something else", "Something else"), ("Send the \u{1b}c on a line", "\\x1bc"),
    ])
    func namesWhatIsAskedFor(_ text: String, _ label: String) {
        #expect(SecretPrompt.label(of: Reply(334, nil, text)) == label)
    }

    @Test func newSecretsAreAskedForTwice() {
        #expect(SecretPrompt.isNew("new password", "PASSWD"))
        #expect(SecretPrompt.isNew("password", "SIGNUP"))
        #expect(!SecretPrompt.isNew("old password", "PASSWD"))
        #expect(!SecretPrompt.isNew("password", "LOGIN"))
        #expect(!SecretPrompt.isNew("newsletter", nil))
    }

    @Test(arguments: [
        ("abc\r", "abc"), ("abx\u{7f}c\n", "abc"), ("a\u{8}\u{8}b\r", "b"), ("wrong\u{15}right\r", "right"),
        ("ñ\u{7f}n\r", "n"), ("a\u{4}b\r", "ab"), ("\r", ""),
    ])
    func editsUnseen(_ typed: String, _ secret: String) {
        var line = HiddenLine()
        let outcomes = typed.utf8.map { line.take($0) }
        #expect(outcomes.last == .done)
        #expect(line.octets == Array(secret.utf8))
    }

    @Test(arguments: ["\u{3}", "abc\u{3}", "\u{4}", "a\u{7f}\u{4}"]) func isCancelled(_ typed: String) {
        var line = HiddenLine()
        let outcomes = typed.utf8.map { line.take($0) }
        #expect(outcomes.last == .cancelled)
    }
}

import Testing
import Wire

@testable import Shell

@Suite("Prompts for secrets")
struct SecretPromptTests {
    @Test(
        "The prompt names the secret of the server's reply",
        arguments: [
            ("Send the password on a line of its own, or * to cancel", "password"),
            ("Send the new password on a line of its own, or * to cancel", "new password"),
            ("Something else", "Something else"), ("Send the \u{1b}c on a line", "\\x1bc"),
            (String(repeating: "a", count: 5000), String(repeating: "a", count: 59) + "…"),
        ])
    func labels(_ text: String, _ label: String) {
        #expect(SecretPrompt.label(of: Reply(334, nil, text)) == label)
    }

    @Test("Before a command that destroys keys, the shell says so")
    func warnings() {
        #expect(
            SecretPrompt.warning(before: "version again", "ERASE") == "ERASE destroys keys for good; Ctrl-C cancels it")
        #expect(
            SecretPrompt.warning(before: "name again", "FORGET") == "FORGET destroys keys for good; Ctrl-C cancels it")
        #expect(SecretPrompt.warning(before: "password", "ERASE") == nil)
        #expect(SecretPrompt.warning(before: "name again", "LOGIN") == nil)
        #expect(SecretPrompt.warning(before: "name again", nil) == nil)
    }

    @Test("A new secret is asked for twice")
    func newSecrets() {
        #expect(SecretPrompt.isNew("new password", "PASSWD"))
        #expect(SecretPrompt.isNew("password", "SIGNUP"))
        #expect(!SecretPrompt.isNew("old password", "PASSWD"))
        #expect(!SecretPrompt.isNew("password", "LOGIN"))
        #expect(!SecretPrompt.isNew("newsletter", nil))
    }
}

import NIOCore
import Testing
import Wire

@testable import Shell

@Suite("Text that is safe for a terminal")
struct TerminalTextTests {
    @Test(
        "Control characters and direction marks are escaped",
        arguments: [
            ("plain text", "plain text"), ("", ""), ("tab\tstays", "tab\tstays"), ("ñandú 🔑", "ñandú 🔑"),
            ("\u{1b}[31mred", "\\x1b[31mred"), ("a\u{0}b", "a\\x00b"), ("a\nb\r", "a\\x0ab\\x0d"), ("\u{7f}", "\\x7f"),
            ("\u{9b}31m", "\\u{9b}31m"), ("\u{85}", "\\u{85}"), ("\u{202e}evil", "\\u{202e}evil"),
            ("\u{2066}\u{2069}\u{200f}\u{61c}", "\\u{2066}\\u{2069}\\u{200f}\\u{61c}"), ("\r\n", "\\x0d\\x0a"),
            ("e\u{301}", "e\u{301}"), ("a\u{2028}b\u{2029}", "a\\u{2028}b\\u{2029}"),
        ])
    func escapes(_ text: String, _ shown: String) {
        #expect(TerminalText.escaped(text) == shown)
    }

    @Test("The text of a refusal is escaped")
    func refusals() {
        #expect(Output.text(of: Reply(550, "5.1.1", "No \u{1b}[0m")) == "550 5.1.1 No \\x1b[0m")
        #expect(Output.text(of: Reply(421, nil, ["a", "b"])) == "421 a\n421 b")
    }
}

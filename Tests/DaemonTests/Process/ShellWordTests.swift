import Input
import TestKit
import Testing

@Suite("Words of commands in messages")
struct ShellWordTests {
    @Test(
        "A shell reads the word that was quoted",
        arguments: ["", "/etc/x", "it's", "a b;$(c)`d`\"\\", "'\u{301}; echo no", "a\nb", "-n", "*", "ñ'\u{200D}'"])
    func roundTrip(_ word: String) async throws {
        let result = try await Tool.run("/bin/sh", ["-c", "printf %s. \(ShellWord.quoted(word))"])
        #expect(Array(result.output.utf8) == Array("\(word).".utf8))
    }
}

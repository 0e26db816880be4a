import Testing
import Wire

@testable import Shell

@Suite("Parts of a line that look like redirections")
struct MistakenRedirectionTests {
    private static func mistake(in line: String, _ spec: CommandSpec?) -> MistakenRedirection? {
        MistakenRedirection(RedirectedRequest(Array(line.utf8), for: spec), for: spec)
    }

    @Test(
        "A line is refused in which a file or a pipe is meant, perhaps",
        arguments: [
            ("ENCRYPT TO=bob <my order.pdf >order.clv", MistakenRedirection.input(mark: "<")),
            ("ENCRYPT <a <b", .input(mark: "<")),
            ("ENCRYPT <", .input(mark: "<")),
            ("ENCRYPT <a extra", .input(mark: "<")),
            ("ENCRYPT <\"my file\" extra", .input(mark: "<")),
            ("ENCRYPT @bob hello", .input(mark: "@")),
            ("ENCRYPT <a | wc", .input(mark: "<")),
            ("ENCRYPT a | wc", .output(mark: "|")),
            ("ENCRYPT a |", .output(mark: "|")),
            ("ENCRYPT a > b c", .output(mark: ">")),
            ("ENCRYPT >", .output(mark: ">")),
            ("ENCRYPT a >> b", .output(mark: ">>")),
            ("ENCRYPT a>>b", .output(mark: ">>")),
            ("ENCRYPT a 2>err x", .output(mark: ">")),
            ("ENCRYPT a &> x y", .output(mark: "&>")),
            ("ENCRYPT a\t>b c", .output(mark: ">")),
            ("ENCRYPT \t<f", .input(mark: "<")),
            ("ENCRYPT \u{A0}<f", .input(mark: "<")),
            ("ENCRYPT -- </dev/null x", .input(mark: "<")),
            ("ENCRYPT a >>log", .fileName(">log")),
            ("ENCRYPT <a>b", .fileName("a>b")),
            ("ENCRYPT a >|log", .fileName("|log")),
        ])
    func mistakes(_ line: String, _ expected: MistakenRedirection) {
        #expect(Self.mistake(in: line, RequestEncoderTests.encrypt) == expected)
    }

    @Test(
        "Quoted text, redirections as the manual has them, and arrows are no mistakes",
        arguments: [
            "ENCRYPT TO=bob \"<my order.pdf\" x", "ENCRYPT \"a > b | c >> d\"", "ENCRYPT I <3", "ENCRYPT a -> b",
            "ENCRYPT a <= b", "ENCRYPT <file >out", "ENCRYPT <\"my file\" > \"my > out\"", "ENCRYPT @file", "ENCRYPT",
            "ENCRYPT mail bob@example.org",
        ])
    func others(_ line: String) {
        #expect(Self.mistake(in: line, RequestEncoderTests.encrypt) == nil)
    }

    @Test("An argument before the message, and one of an unknown command, is no file either")
    func beforeTheMessage() {
        #expect(Self.mistake(in: "VERIFY <file", RequestEncoderTests.verify) == .input(mark: "<"))
        #expect(Self.mistake(in: "WHOAMI <me", nil) == .input(mark: "<"))
        #expect(Self.mistake(in: "WHOAMI | wc", nil) == .output(mark: "|"))
        #expect(Self.mistake(in: "WHOAMI >me", nil) == nil)
    }
}

import Testing

@testable import Shell

@Suite("Questions to the shell")
struct HelpQuestionTests {
    @Test(
        "A question mark asks for HELP",
        arguments: [
            ("?", "HELP"), ("? SIGN", "HELP SIGN"), ("SIGN ?", "HELP SIGN"), ("? ?", "HELP ?"), ("SIGN a ?", nil),
            ("SIGN", nil),
        ])
    func question(_ line: String, _ request: String?) {
        #expect(HelpQuestion(Array(line.utf8)).map { String(decoding: $0.request, as: UTF8.self) } == request)
    }
}

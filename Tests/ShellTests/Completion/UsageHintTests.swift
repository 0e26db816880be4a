import Testing

@testable import Shell

@Suite("Hints of the shell")
struct UsageHintTests {
    @Test("The hint shows the missing parameters")
    func hints() throws {
        let cases = try CaseFile.cases("hints")
        #expect(cases.count >= 60)
        for (number, text) in cases {
            let bar = text.firstIndex(of: "|")
            let line = String(text[..<(bar ?? text.endIndex)])
            let hint = bar.map { String(text[text.index(after: $0)...]) } ?? ""
            #expect(UsageHint.text(Array(line.utf8), TestManifest.all) == hint, "hints.txt:\(number): \(text)")
        }
    }
}

import Foundation
import Testing

@testable import Shell

@Suite("Completions of the shell")
struct LineCompletionTests {
    private static let files = ["my file", "notes.txt", "note dir/", "a\"b", "docs/", "docs/one", "docs/two"]

    @Test("The completions of each line are the expected ones")
    func completions() throws {
        let cases = try CaseFile.cases("completions")
        #expect(cases.count >= 60)
        for (number, text) in cases {
            let parts = text.components(separatedBy: " =>")
            let expected = parts[1].dropFirst().components(separatedBy: " / ").filter { !$0.isEmpty }
            let found = Self.found(parts[0])
            if expected == ["many"] {
                #expect(found.count > 10, "completions.txt:\(number): \(text)")
            } else {
                #expect(found == expected, "completions.txt:\(number): \(text)")
            }
        }
    }

    private static func found(_ line: String) -> [String] {
        let halves = line.components(separatedBy: "‸")
        let (before, after) = (Array(halves[0].utf8), halves[1])
        let context = LineCompletion.Context(
            manifest: TestManifest.all, names: ["alice", "bob", "bobby", "carol"],
            commands: ["\\timing", "\\trace", "\\who"],
            files: { path in
                files.filter { file in
                    file != path && file.hasPrefix(path) && !file.dropFirst(path.count).dropLast().contains("/")
                }.sorted()
            })
        let completion = LineCompletion(before + Array(after.utf8), cursor: before.count, context)
        let isAlone = completion.candidates.count == 1
        return completion.candidates.map { candidate in
            let kept = String(decoding: before[..<completion.start], as: UTF8.self)
            return kept + candidate + (isAlone && completion.appendsSpace ? "_" : "") + after
        }
    }
}

import Foundation
import Testing

/// A file with a test case in each line, such as hints.txt.
enum CaseFile {
    /// Returns the lines that are cases, and their line numbers.
    static func cases(_ name: String) throws -> [(number: Int, line: String)] {
        let url = try #require(Bundle.module.url(forResource: name, withExtension: "txt"))
        let lines = try String(contentsOf: url, encoding: .utf8).components(separatedBy: "\n")
        return lines.enumerated().map { ($0.offset + 1, $0.element) }
            .filter { !$0.line.isEmpty && !$0.line.hasPrefix("#") }
    }
}

import Commands
import Foundation
import TestKit
import Testing
import Wire

@testable import Shell

/// hints.txt and completions.txt say what the shell offers; each line of theirs is a case.
@Suite struct TypingTests {
    static let manifest: Manifest = {
        let site = try! Site()
        return Manifest(SessionCommands.specs + site.registry.manifest.specs)
    }()

    private static let files = ["my file", "notes.txt", "note dir/", "a\"b", "docs/", "docs/one", "docs/two"]

    /// The lines of a file that are cases, with their numbers.
    private static func cases(_ name: String) throws -> [(number: Int, line: String)] {
        let url = try #require(Bundle.module.url(forResource: name, withExtension: "txt"))
        let lines = try String(contentsOf: url, encoding: .utf8).components(separatedBy: "\n")
        return lines.enumerated().map { ($0.offset + 1, $0.element) }
            .filter { !$0.line.isEmpty && !$0.line.hasPrefix("#") }
    }

    @Test func hints() throws {
        let cases = try Self.cases("hints")
        #expect(cases.count >= 60)
        for (number, text) in cases {
            let bar = text.firstIndex(of: "|")
            let line = String(text[..<(bar ?? text.endIndex)])
            let hint = bar.map { String(text[text.index(after: $0)...]) } ?? ""
            #expect(Hint.text(Array(line.utf8), Self.manifest) == hint, "hints.txt:\(number): \(text)")
        }
    }

    @Test func completions() throws {
        let cases = try Self.cases("completions")
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
        let knowledge = Completion.Knowledge(
            manifest: manifest, names: ["alice", "bob", "bobby", "carol"], commands: ["\\timing", "\\trace", "\\who"],
            files: { path in
                files.filter { file in
                    file != path && file.hasPrefix(path) && !file.dropFirst(path.count).dropLast().contains("/")
                }.sorted()
            })
        let completion = Completion(before + Array(after.utf8), cursor: before.count, knowledge)
        let isAlone = completion.candidates.count == 1
        return completion.candidates.map { candidate in
            let kept = String(decoding: before[..<completion.start], as: UTF8.self)
            return kept + candidate + (isAlone && completion.appendsSpace ? "_" : "") + after
        }
    }

    @Test(arguments: [
        ("ENCRPT", "ENCRYPT"), ("encrypt", "ENCRYPT"), ("ENCRYPTT", "ENCRYPT"), ("ENCYRPT", "ENCRYPT"),
        ("WHOAIM", "WHOAMI"), ("WHO", "WHOAMI"), ("LGOIN", "LOGIN"), ("LOGIM", "LOGIN"), ("LOG", nil), ("SIG", "SIGN"),
        ("X", nil), ("DANCE", nil), ("", nil), ("HLEP", "HELP"), ("TOKE", "TOKEN"), ("QIT", "QUIT"),
    ])
    func nearest(_ word: String, _ verb: String?) {
        #expect(NearestVerb.of(word, in: Self.manifest) == verb)
    }

    /// The distances of optimal string alignment: "ca" and "abc" are the usual example, 3 and not 2.
    @Test(arguments: [
        ("", "", 0), ("", "abc", 3), ("abc", "abc", 0), ("ca", "abc", 3), ("ab", "ba", 1), ("kitten", "sitting", 3),
    ])
    func distance(_ left: String, _ right: String, _ distance: Int) {
        #expect(NearestVerb.distance(Array(left.utf8), Array(right.utf8)) == distance)
    }

    /// Unicode's East Asian Width and combining characters, as wcwidth(3) has them.
    @Test(arguments: [("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("漢字", 4), ("\u{1}x", 3), ("😀", 2)])
    func width(_ text: String, _ columns: Int) {
        #expect(DisplayWidth.of(text) == columns)
    }

    @Test(arguments: [
        ("message", 7, "message"), ("message", 6, "messa…"), ("message", 1, "…"), ("message", 0, ""),
        ("漢字", 3, "漢…"), ("漢字", 2, "…"), ("", 0, ""), ("x", -3, ""),
    ])
    func fitting(_ text: String, _ columns: Int, _ shown: String) {
        #expect(DisplayWidth.fitting(text, columns: columns) == shown)
    }

    @Test func filesOfADirectory() throws {
        let directory = try TemporaryDirectory()
        for name in ["one", "other file", ".hidden"] {
            try Data().write(to: URL(filePath: "\(directory.path)/\(name)"))
        }
        try FileManager.default.createDirectory(atPath: "\(directory.path)/odd", withIntermediateDirectories: false)
        let found = { (name: String) in
            FileNames.beginning(with: "\(directory.path)/\(name)").map { $0.dropFirst(directory.path.count + 1) }
        }
        #expect(found("o") == ["odd/", "one", "other file"])
        #expect(found("") == ["odd/", "one", "other file"])
        #expect(found(".") == [".hidden"])
        #expect(found("x") == [])
        #expect(FileNames.beginning(with: "/no/such/directory/") == [])
    }
}

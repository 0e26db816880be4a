import Foundation

/// What a page of the manual, or a document for people, shows: blocks of commands and of files, in their order, for
/// tests to try what users will.
package final class ShownCommands {
    package let file: String
    /// Those that no test has taken yet.
    package private(set) var left: [[String]]

    package init(_ file: String) throws {
        self.file = file
        let text = try String(contentsOf: Repository.root.appending(path: file), encoding: .utf8)
        let lines = text.components(separatedBy: "\n")
        left = file.hasSuffix(".md") ? Self.indented(lines) : Self.displays(lines)
    }

    /// Of mdoc(7): `.Bd` to `.Ed`, and `.Dl` with a prompt.
    private static func displays(_ lines: [String]) -> [[String]] {
        var (blocks, isInside) = ([[String]](), false)
        for line in lines {
            let text = line.replacing("\\&", with: "").replacing("\\e", with: "\\")
            if line.hasPrefix(".Bd ") {
                (isInside, blocks) = (true, blocks + [[]])
            } else if line == ".Ed" {
                isInside = false
            } else if isInside {
                blocks[blocks.count - 1].append(text)
            } else if let command = text.prefixMatch(of: /\.Dl (?=[$#] )/) {
                blocks.append([String(text[command.range.upperBound...])])
            }
        }
        return blocks
    }

    /// Of Markdown: lines that are indented by four.
    private static func indented(_ lines: [String]) -> [[String]] {
        lines.split { !$0.hasPrefix("    ") }.map { $0.map { String($0.dropFirst(4)) } }
    }

    /// The next block that has a line that begins so.
    package func take(_ start: String) throws -> [String] {
        guard let index = left.firstIndex(where: { $0.contains { $0.hasPrefix(start) } })
        else { throw Mismatch("\(file) does not show \(start)") }
        return left.remove(at: index)
    }

    /// What a shell is to run of a block: what stands behind prompts, and what goes on behind that. A file that is
    /// shown by cat is made.
    package static func script(_ block: [String]) -> String {
        var (script, goesOn, file) = ([String](), false, String?.none)
        func endFile() {
            if file != nil { script.append("END") }
            file = nil
        }
        for line in block {
            if line.hasPrefix("$ cat ") && !line.contains("|") {
                endFile()
                file = String(line.dropFirst(6))
                script.append("cat >\(file!) <<'END'")
            } else if line.hasPrefix("$ ") || line.hasPrefix("# ") && file == nil {
                endFile()
                script.append(String(line.dropFirst(2)))
            } else if file != nil {
                script.append(line)
                continue
            } else if line.hasPrefix("> ") {
                script.append(String(line.dropFirst(2)))
            } else if goesOn {
                script.append(line)
            } else {
                continue
            }
            goesOn = line.hasSuffix("\\") || line.hasSuffix("|")
        }
        endFile()
        return script.joined(separator: "\n")
    }
}

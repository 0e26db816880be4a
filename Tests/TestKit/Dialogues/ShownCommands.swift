import Foundation

/// The blocks of commands and files that a manual page or a document shows, in their order. Tests run the same
/// commands that users will run.
package final class ShownCommands {
    package let file: String
    /// The blocks that no test has taken yet.
    package private(set) var left: [[String]]

    package init(_ file: String) throws {
        self.file = file
        let text = try String(contentsOf: Repository.root.appending(path: file), encoding: .utf8)
        let lines = text.components(separatedBy: "\n")
        left = file.hasSuffix(".md") ? Self.indented(lines) : Self.displays(lines)
    }

    /// Returns the blocks of an mdoc(7) page: `.Bd` to `.Ed`, and each `.Dl` with a prompt.
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

    /// Returns the blocks of a Markdown document: lines that are indented by four spaces.
    private static func indented(_ lines: [String]) -> [[String]] {
        lines.split { !$0.hasPrefix("    ") }.map { $0.map { String($0.dropFirst(4)) } }
    }

    /// Removes and returns the next block that has a line with this beginning.
    ///
    /// - Throws: `Mismatch` if the file shows no such block.
    package func take(_ start: String) throws -> [String] {
        guard let index = left.firstIndex(where: { $0.contains { $0.hasPrefix(start) } })
        else { throw Mismatch("\(file) does not show \(start)") }
        return left.remove(at: index)
    }

    /// Returns the shell script that a block shows: the commands after the prompts, with their continuation lines. A
    /// file that the block shows by cat is written.
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

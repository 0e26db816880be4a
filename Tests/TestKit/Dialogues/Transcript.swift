import Foundation
import Testing

/// A dialogue in a text file: the lines that a client sends and the lines that it must get, as a person would type
/// and see them in netcat.
///
///     # text            a remark
///     # only: registry  runs only without sockets, because it needs a fault or a clock that the test sets
///     # door: operator  the dialogue takes place on a server's admin socket
///     # door: proxy     the dialogue takes place on the proxy's admin socket
///     # fault: name     the fault (see `Fault`)
///     C: line           the client sends the line and the line end of the run
///     C+ name           the client sends the bytes that `name` holds, and the line end
///     S: line           the server sends exactly this line
///     S+ n name         the server sends n bytes and a line end; `name` holds the bytes from now on
///     S.                the server closes
///     T: seconds        the clock advances
///
/// In `S:` lines, `${name}` matches any word, and the same word wherever the name occurs again. `${name...}` matches
/// anything to the end of the line. In `C:` lines, `${name}` is replaced by the word that was found. `\x00` is a
/// byte, and `\\` is a backslash.
package struct Transcript: Sendable {
    package enum Step: Sendable {
        case send(String)
        case sendBytes(String)
        case expect(String)
        case expectBytes(count: String, name: String)
        case expectEnd
        case wait(Int)
    }

    /// The end with which a dialogue takes place.
    package enum Door: String, Sendable {
        /// A server, reached through the proxy.
        case session
        /// A server, reached on its admin socket.
        case `operator`
        /// The proxy, reached on its admin socket.
        case proxy
    }

    package let name: String
    package private(set) var steps: [(line: Int, step: Step)] = []
    package private(set) var fault: String?
    package private(set) var isForRegistryOnly = false
    package private(set) var door = Door.session

    package init(name: String, _ text: String) throws {
        self.name = name
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            try read(String(line), index + 1)
        }
    }

    private mutating func read(_ line: String, _ number: Int) throws {
        let rest = String(line.dropFirst(3))
        switch line.prefix(3) {
        case "C: ", "C:": steps.append((number, .send(rest)))
        case "C+ ": steps.append((number, .sendBytes(rest)))
        case "S: ", "S:": steps.append((number, .expect(rest)))
        case "S+ ":
            let words = rest.split(separator: " ").map(String.init)
            guard words.count == 2 else { throw Mismatch("\(name):\(number): S+ takes a count and a name") }
            steps.append((number, .expectBytes(count: words[0], name: words[1])))
        case "S.": steps.append((number, .expectEnd))
        case "T: ": steps.append((number, .wait(Int(rest)!)))
        default: try readRemark(line, number)
        }
    }

    private mutating func readRemark(_ line: String, _ number: Int) throws {
        guard line.isEmpty || line.hasPrefix("#") else {
            throw Mismatch("\(name):\(number): not a line of a transcript")
        }
        if line == "# only: registry" { isForRegistryOnly = true }
        if line.hasPrefix("# door: ") { door = Door(rawValue: String(line.dropFirst(8)))! }
        if line.hasPrefix("# fault: ") { fault = String(line.dropFirst(9)) }
    }

    /// The transcripts of the repository, sorted by name.
    package static let all = folder("Tests/Transcripts")

    /// Returns the transcripts in a folder.
    package static func folder(_ path: String) -> [Transcript] {
        let folder = Repository.root.appending(path: path)
        let files = try! FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return files.filter { $0.pathExtension == "txt" }.sorted { $0.path < $1.path }.map { file in
            try! Transcript(
                name: file.deletingPathExtension().lastPathComponent, String(contentsOf: file, encoding: .utf8))
        }
    }
}

extension Transcript: CustomTestStringConvertible {
    package var testDescription: String { name }
}

/// An error that says what a test got and what it expected.
package struct Mismatch: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

import Foundation
import Testing

/// A dialogue as a text file: what a client sends and what it must get, as one would type it into netcat.
///
///     # text            a remark
///     # only: registry  runs without sockets only, since it needs a fault or a clock that the test sets
///     # door: operator  is what is said on a server's admin socket
///     # door: proxy     is what is said on the proxy's admin socket
///     # fault: name     the fault (see `Fault`)
///     C: line           the client sends the line and the line end of the run
///     C+ name           the client sends the octets that `name` holds, and the line end
///     S: line           the server sends exactly this line
///     S+ n name         the server sends n octets and a line end, which `name` holds from now on
///     S.                the server closes
///     T: seconds        the clock moves on
///
/// In `S:` lines, `${name}` stands for any word, the same one wherever the name comes again; `${name...}` for anything
/// to the end of the line. In `C:` lines it stands for what was found. `\x00` is an octet, `\\` a backslash.
package struct Transcript: Sendable {
    package enum Step: Sendable {
        case send(String)
        case sendOctets(String)
        case expect(String)
        case expectOctets(count: String, name: String)
        case expectEnd
        case wait(Int)
    }

    /// Who is spoken to.
    package enum Door: String, Sendable {
        /// A server, through the proxy.
        case session
        /// A server, on its admin socket.
        case `operator`
        /// The proxy, on its admin socket.
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
        case "C+ ": steps.append((number, .sendOctets(rest)))
        case "S: ", "S:": steps.append((number, .expect(rest)))
        case "S+ ":
            let words = rest.split(separator: " ").map(String.init)
            guard words.count == 2 else { throw Mismatch("\(name):\(number): S+ takes a count and a name") }
            steps.append((number, .expectOctets(count: words[0], name: words[1])))
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

    /// The repository's transcripts, by name.
    package static let all = folder("Tests/Transcripts")

    /// Those in a folder.
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

/// What was seen is not what was to be seen.
package struct Mismatch: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

import Foundation
import TestKit
import Testing

/// A dialogue with netcat as a document shows it. Text that the document leaves out as `…` or `...` gets a name. The
/// name is the text before it.
struct ShownDialogue: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let transcript: Transcript

    /// Reads the first dialogue of a file. `setUp` contains the earlier steps that the dialogue needs, in the form of
    /// a transcript.
    init(_ file: String, setUp: String = "") throws {
        testDescription = file
        let text = try String(contentsOf: Repository.root.appending(path: file), encoding: .utf8)
        let block = try #require(text.components(separatedBy: "\n$ nc localhost 6000\n").dropFirst().first)
        let lines = block.components(separatedBy: "\n").prefix { $0 != "```" && $0 != ".Ed" }
        var steps: [String] = []
        var isLiteral = false
        for line in lines {
            // mdoc(7) escapes a dot at the beginning of a line, and a backslash.
            let line = line.replacing("\\&", with: "").replacing("\\e", with: "\\")
            let isReply = line.prefixMatch(of: /\d{3}[ -]/) != nil
            steps.append((isReply || isLiteral ? "S: " : "C: ") + Self.named(line))
            isLiteral = isReply && line.wholeMatch(of: /.* \{\d+\}/) != nil
        }
        // The greeting comes before the steps of `setUp`.
        steps.insert(contentsOf: setUp.isEmpty ? [] : [setUp], at: 1)
        transcript = try Transcript(name: file, steps.joined(separator: "\n"))
    }

    private static func named(_ line: String) -> String {
        // No text of a reply with several lines is used again, so it needs no name.
        if line.prefixMatch(of: /\d{3}-/) != nil { return line.replacing(/\.\.\.$/, with: "${any...}") }
        return line.replacing(/(\S*?)(?:…|\.\.\.(?!\.))/) { $0.1.isEmpty ? "${any...}" : "\($0.1)${\($0.1)}" }
    }
}

@Suite("Dialogues in documents", .serialized)
struct ShownDialogues {
    private static let signUps = """
        C: SIGNUP bob "battery staple"
        S: 250 2.0.0 bob signed up, key 1
        """

    @Test(
        "The dialogues in the documents are true", arguments: ["README.md", "README.es.md", "man/clavero.7"],
        Manner.allCases)
    func tours(_ file: String, _ manner: Manner) async throws {
        try await run(ShownDialogue(file), manner)
    }

    @Test("The dialogue in clavero-protocol(7) is true", arguments: Manner.allCases)
    func protocolPage(_ manner: Manner) async throws {
        try await run(ShownDialogue("man/clavero-protocol.7", setUp: Self.signUps), manner)
    }

    private func run(_ dialogue: ShownDialogue, _ manner: Manner) async throws {
        #expect(dialogue.transcript.steps.count > 20)
        try await LiveSite.run { site in
            var run = TranscriptRun(dialogue.transcript, manner, on: try SocketTransport(port: site.port))
            try await run.run()
        }
    }

    @Test("The example in clavero-plugin(7) of running a plugin by hand is true")
    func plugin() async throws {
        let page = try String(contentsOf: Repository.root.appending(path: "man/clavero-plugin.7"), encoding: .utf8)
        let block = try #require(page.components(separatedBy: "\n$ printf ").dropFirst().first)
        // After a `|` the command continues on the next line.
        let lines = block.replacing("|\n", with: "| ").components(separatedBy: "\n").prefix { $0 != ".Ed" }
            .map { $0.replacing("\\e", with: "\\") }
        let command = "cd '\(Repository.root.path)' && printf \(lines[0])"
        let result = try await Tool.run("/bin/sh", ["-c", command])
        let output = result.output.replacing("\r\n", with: "\n").split(separator: "\n").map(String.init)
        #expect(output.count == lines.count - 1)
        for (shown, got) in zip(lines.dropFirst(), output) {
            let start = shown.hasSuffix(" ...") ? String(shown.dropLast(3)) : shown
            #expect(shown == start ? got == start : got.hasPrefix(start))
        }
    }
}

import Foundation
import TestKit
import Testing

@Suite("The README", .serialized)
struct ReadmeTranscript {
    @Test("Its transcript is true", arguments: Manner.allCases)
    func transcript(_ manner: Manner) async throws {
        let readme = try String(contentsOf: Repository.root.appending(path: "README.md"), encoding: .utf8)
        let block = try #require(readme.components(separatedBy: "```console\n").dropFirst().first)
        let lines = try #require(block.components(separatedBy: "\n```").first).components(separatedBy: "\n")
        #expect(lines.first == "$ nc localhost 6000")
        let text = lines.dropFirst().map(Self.step).joined(separator: "\n")
        let transcript = try Transcript(name: "README", text)
        #expect(transcript.steps.count > 20)
        try await LiveSite.run { site in
            var run = TranscriptRun(transcript, manner, on: try SocketTransport(port: site.port))
            try await run.run()
        }
    }

    /// What a line is: the server's begin with a code. What stands before `…` names what it leaves out.
    private static func step(_ line: String) -> String {
        let line = line.replacing(#/(\S*)…/#) { "\($0.1)${\($0.1)}" }
        return (line.prefixMatch(of: #/\d{3}[ -]/#) != nil ? "S: " : "C: ") + line
    }
}

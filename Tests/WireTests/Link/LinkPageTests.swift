import Foundation
import TestKit
import Testing

@Suite("The example of a link in clavero-protocol(7)")
struct LinkPageTests {
    /// Returns the lines of the example, each with the letter of the end that writes it.
    private static func lines() throws -> [(end: Character, text: String)] {
        let page = try String(contentsOf: Repository.root.appending(path: "man/clavero-protocol.7"), encoding: .utf8)
        let lines = page.components(separatedBy: "\n").drop { $0 != ".\\\" example: link" }
            .prefix { $0 != ".\\\" end" }.filter { !$0.hasPrefix(".") }
        try #require(!lines.isEmpty && lines.allSatisfy { $0.hasPrefix("C: ") || $0.hasPrefix("S: ") })
        return lines.map { ($0.first!, String($0.dropFirst(3))) }
    }

    /// Returns the bytes that one end writes after its first line. A line ends in CRLF if its frame has room for
    /// that.
    private static func bytes(of end: Character) throws -> [UInt8] {
        var (text, room) = ("", 0)
        for line in try lines().filter({ $0.end == end }).dropFirst().map(\.text) {
            if room == 0 {
                let header = try #require(line.wholeMatch(of: #/#[0-9]+ ([0-9]+).*/#), "\(line)")
                (text, room) = (text + line + "\r\n", try #require(Int(header.1)))
            } else {
                let ended = line.utf8.count == room ? line : line + "\r\n"
                (text, room) = (text + ended, room - ended.utf8.count)
                try #require(room >= 0, "\(line)")
            }
        }
        #expect(room == 0)
        return Array(text.utf8)
    }

    @Test("The frames of the example have the lengths in their headers")
    func frames() throws {
        let lines = try Self.lines()
        #expect(lines.first { $0.end == "S" }?.text == "220 auth.example Clavero ready")
        #expect(lines.first { $0.end == "C" }?.text == "* LINK 2 badcafe")
        let sent = try TestFrame.all(in: Self.bytes(of: "S"))
        #expect(sent.map(\.lane) == [0, 0, 0, 0, 0, 8, 8])
        #expect(sent[0].line == "HELLO 2 auth.example")
        #expect(sent[5].text == "235 2.7.0 Logged in as alice\r\n" && sent[5].attributes.count == 1)
        let given = try TestFrame.all(in: Self.bytes(of: "C"))
        #expect(given.map(\.lane) == [8, 0, 8, 8])
        #expect(given[0].attributes == ["PEER=192.0.2.1:40312"])
        #expect(given[0].text == "LOGIN line name=5 password=13\r\nalicecorrect horse")
        #expect(given[3] == TestFrame(lane: 8, attributes: ["END"], bytes: []))
    }
}

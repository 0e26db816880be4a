import NIOCore
import Testing

@testable import Wire

/// A long text is encoded as lines when it leaves, a share at a time.
@Suite("A body as lines")
struct ReplyTextTests {
    private static func written(_ body: String, _ result: ResultKind = .plain) -> [ByteBuffer] {
        var output = Outbox()
        Reply.result(ByteBuffer(string: body), about: "FROM=bob").write(form: .text, result: result, into: &output)
        let count = output.count
        var shares: [ByteBuffer] = []
        while let contents = output.takeShare() {
            shares.append(contents.all.reduce(into: ByteBuffer()) { $0.writeImmutableBuffer($1) })
        }
        #expect(shares.reduce(0) { $0 + $1.readableBytes } == count && output.isEmpty)
        return shares
    }

    @Test(
        "A body is what was said, line by line, whatever its length",
        arguments: ["", "a", "a\nb", "\n", "a\n", "\n\na"], [1, 10_000, 400_000])
    func lines(_ piece: String, _ times: Int) {
        let body = String(repeating: piece, count: times)
        let lines = body.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.allSatisfy({ $0.utf8.count < 8000 }) else { return }
        let shares = Self.written(body)
        // One line need not be several, so the first test's body is on the line of its reply.
        let expected =
            (["250-2.0.0 FROM=bob"] + lines.dropLast().map { "250-2.0.0 \($0)" } + ["250 2.0.0 \(lines.last!)"])
            .map { $0 + "\r\n" }.joined()
        let all = shares.map(\.text).joined()
        #expect(all == expected)
        #expect(shares.allSatisfy { $0.readableBytes < Outbox.share + Reply.lineLimit })
    }

    @Test("A body that is too long, or could be taken for a literal's announcement, is a literal")
    func literals() {
        for body in ["a\n{3}", "{3}\na", "a\nx {12+}\nb", String(repeating: "x", count: 9000) + "\na"] {
            #expect(Self.written(body)[0].text.hasPrefix("250 2.0.0 FROM=bob {\(body.utf8.count)}\r\n"))
        }
        for body in ["a\n{3", "3}\na", "}\n}", "a{3}\nb"] {
            #expect(Self.written(body)[0].text.hasPrefix("250-2.0.0 FROM=bob\r\n"))
        }
    }
}

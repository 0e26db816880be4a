import NIOCore
import Testing

@testable import Wire

/// A long text is encoded in shares while it is sent.
@Suite("A body written as lines")
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
        "A body is written line by line without a change, whatever its length",
        arguments: ["", "a", "a\nb", "\n", "a\n", "\n\na"], [1, 10_000, 400_000])
    func lines(_ piece: String, _ times: Int) {
        let body = String(repeating: piece, count: times)
        let lines = body.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.allSatisfy({ $0.utf8.count < 8000 }) else { return }
        let shares = Self.written(body)
        // A body of one line goes on the line of its reply. The body of the first test is such a body.
        let expected =
            (["250-2.0.0 FROM=bob"] + lines.dropLast().map { "250-2.0.0 \($0)" } + ["250 2.0.0 \(lines.last!)"])
            .map { $0 + "\r\n" }.joined()
        let all = shares.map(\.text).joined()
        #expect(all == expected)
        #expect(shares.allSatisfy { $0.readableBytes < Outbox.share + Reply.lineLimit })
    }

    @Test("A body with a line that is too long or ends in a literal mark is sent as a literal")
    func literals() {
        for body in ["a\n{3}", "{3}\na", "a\nx {12+}\nb", String(repeating: "x", count: 9000) + "\na"] {
            #expect(Self.written(body)[0].text.hasPrefix("250 2.0.0 FROM=bob {\(body.utf8.count)}\r\n"))
        }
        for body in ["a\n{3", "3}\na", "}\n}", "a{3}\nb"] {
            #expect(Self.written(body)[0].text.hasPrefix("250-2.0.0 FROM=bob\r\n"))
        }
    }
}

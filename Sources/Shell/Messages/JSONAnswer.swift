import FoundationEssentials
import NIOCore
import Wire

/// A reply as one line of JSON (RFC 8259).
///
///     {"body":"attack at dawn","code":250,"ok":true,"status":"2.0.0","text":["FROM=alice"],"verb":"DECRYPT"}
///
/// `text` has the reply's lines; a body that came as a literal is `body` where it is UTF-8, and `body64`, in base64,
/// where it is not. A script's answers have `line` too.
struct JSONAnswer: Encodable {
    private let verb: String?
    private let line: Int?
    private let ok: Bool
    private let code: Int
    private let status: String?
    private let text: [String]
    private let body: String?
    private let body64: String?

    init(_ reply: Reply, verb: Verb?, line: Int?, body: ByteBuffer?) {
        self.verb = verb?.description
        self.line = line
        ok = reply.status == .success
        code = reply.code
        status = reply.enhanced
        text = body != nil && reply.lines == [""] ? [] : reply.lines
        let octets = body.map { Array($0.readableBytesView) }
        self.body = octets.flatMap { String(validating: $0, as: UTF8.self) }
        body64 = self.body == nil ? octets.map { Data($0).base64EncodedString() } : nil
    }

    /// The object and a line end.
    var octets: ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and numbers can always be written.
        return ByteBuffer(bytes: (try? encoder.encode(self)).map { Array($0) } ?? []).withLineEnd
    }
}

extension ByteBuffer {
    fileprivate var withLineEnd: ByteBuffer {
        var octets = self
        octets.writeStaticString("\n")
        return octets
    }
}

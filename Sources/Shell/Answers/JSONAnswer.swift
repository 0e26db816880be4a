import FoundationEssentials
import NIOCore
import Wire

/// A reply as one line of JSON (RFC 8259).
///
///     {"body":"attack at dawn","code":250,"ok":true,"status":"2.0.0","text":["FROM=alice"],"verb":"DECRYPT"}
///
/// `text` holds the lines of the reply. The body of a literal is `body` if it is UTF-8, and otherwise `body64`, in
/// base64. Only a script's answers have `line`.
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
        ok = reply.exitStatus == .success
        code = reply.code
        status = reply.enhanced
        text = body != nil && reply.lines == [""] ? [] : reply.lines
        let bytes = body.map { Array($0.readableBytesView) }
        self.body = bytes.flatMap { String(validating: $0, as: UTF8.self) }
        body64 = self.body == nil ? bytes.map { Data($0).base64EncodedString() } : nil
    }

    /// The JSON object and a line end.
    var bytes: ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and numbers can always be encoded.
        return ByteBuffer(bytes: (try? encoder.encode(self)).map { Array($0) } ?? []).withLineEnd
    }
}

extension ByteBuffer {
    fileprivate var withLineEnd: ByteBuffer {
        var bytes = self
        bytes.writeStaticString("\n")
        return bytes
    }
}

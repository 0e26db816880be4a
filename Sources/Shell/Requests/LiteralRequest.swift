import NIOCore
import Wire

/// A request whose message is sent as a literal. The server then returns its answer as a literal too, byte for byte.
struct LiteralRequest {
    /// The whole request with its line end.
    let bytes: ByteBuffer

    /// Returns nil if the line has no message.
    init?(_ line: [UInt8], for spec: CommandSpec) {
        let words = TypedWord.split(line)
        guard let message = ParameterMatch(words, of: spec).messageIndex else { return nil }
        let first = words[message]
        let isQuoted = first.isQuoted && message == words.count - 1
        let value = isQuoted ? first.value : Array(line[first.range.lowerBound...])
        var bytes = ByteBuffer(bytes: line[..<first.range.lowerBound])
        bytes.writeString("{\(value.count)+}\r\n")
        bytes.writeBytes(value)
        bytes.writeStaticString("\r\n")
        self.bytes = bytes
    }
}

import NIOCore
import Wire

/// A request line whose message is sent as a literal, so that its answer comes as one: octet for octet.
struct LiteralRequest {
    /// With its line end.
    let octets: ByteBuffer

    /// nil when there is no message on the line.
    init?(_ line: [UInt8], for spec: CommandSpec) {
        let words = Words(line).all
        guard let message = Placement(words, of: spec).message else { return nil }
        let first = words[message]
        let isQuoted = first.isQuoted && message == words.count - 1
        let value = isQuoted ? first.value : Array(line[first.range.lowerBound...])
        var octets = ByteBuffer(bytes: line[..<first.range.lowerBound])
        octets.writeString("{\(value.count)+}\r\n")
        octets.writeBytes(value)
        octets.writeStaticString("\r\n")
        self.octets = octets
    }
}

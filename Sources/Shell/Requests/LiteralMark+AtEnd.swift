import NIOCore
import Wire

extension LiteralMark {
    /// Returns the literal that `line` announces at its end, as a server reads it.
    static func atEnd(of line: some Collection<UInt8>) -> LiteralMark? {
        var bytes = ByteBuffer(bytes: line.map { 0x20...0x7E ~= $0 ? $0 : UInt8(ascii: "x") })
        bytes.writeInteger(UInt8(ascii: "\n"))
        var framer = Framer(readsTelnet: false)
        let limits = Limits(line: line.count)
        guard case .announced(_, let mark)? = framer.next(&bytes, limits: limits) else { return nil }
        return mark
    }
}

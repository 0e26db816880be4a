import NIOCore

extension ByteBuffer {
    /// Appends a line and its line end.
    ///
    /// The byte 0xFF is doubled (RFC 854): a single one would disappear from the line, whereas the server refuses two.
    mutating func writeLine(_ line: ByteBuffer) {
        for byte in line.readableBytesView {
            writeInteger(byte)
            if byte == 0xFF { writeInteger(byte) }
        }
        writeStaticString("\r\n")
    }

    /// The line of a text with its leading dot doubled (RFC 5321, 4.5.2).
    var dotStuffed: ByteBuffer {
        guard readableBytesView.first == UInt8(ascii: ".") else { return self }
        return ByteBuffer(bytes: [UInt8(ascii: ".")] + readableBytesView)
    }
}

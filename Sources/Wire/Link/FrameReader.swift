import NIOCore

/// A frame of a link.
struct LinkFrame: Equatable {
    let header: FrameHeader
    var payload: ByteBuffer
}

/// A reader that splits the bytes of a link into frames. It never looks at a payload, and it does no I/O.
struct FrameReader {
    /// The maximum length of a payload in bytes.
    let longest: Int
    /// The header of a frame whose payload has not arrived completely.
    private var header: FrameHeader?

    init(longest: Int) {
        self.longest = longest
    }

    /// Takes the next frame from the buffer.
    ///
    /// - Returns: nil if more bytes are needed.
    /// - Throws: A fault if a header is malformed. The bytes after it cannot be read any more.
    mutating func next(_ buffer: inout ByteBuffer) throws(WireFault) -> LinkFrame? {
        let header: FrameHeader
        if let known = self.header {
            header = known
        } else {
            guard let new = try readHeader(&buffer) else { return nil }
            header = new
        }
        guard let payload = buffer.readSlice(length: header.length) else {
            self.header = header
            buffer.makeRoom(for: header.length)
            return nil
        }
        self.header = nil
        return LinkFrame(header: header, payload: payload)
    }

    private func readHeader(_ buffer: inout ByteBuffer) throws(WireFault) -> FrameHeader? {
        let result = buffer.withUnsafeReadableBytes { bytes in
            Result { () throws(WireFault) in try header(bytes) }
        }
        guard let (header, count) = try result.get() else { return nil }
        buffer.moveReaderIndex(forwardBy: count)
        return header
    }

    /// Returns the header at the beginning of the bytes, and its length; nil if more bytes are needed.
    private func header(_ bytes: UnsafeRawBufferPointer) throws(WireFault) -> (FrameHeader, count: Int)? {
        guard let first = bytes.first else { return nil }
        guard first == UInt8(ascii: "#") else {
            throw WireFault(
                first == UInt8(ascii: "*")
                    ? "the other end speaks another version of the link than \(LinkNote.version)"
                    : "what should be a frame does not begin as one")
        }
        let most = min(bytes.count, FrameHeader.longest)
        guard let end = bytes.offset(of: UInt8(ascii: "\n"), from: 0, before: most) else {
            guard most < FrameHeader.longest else { throw WireFault("a frame's header is too long") }
            return nil
        }
        guard bytes[end - 1] == UInt8(ascii: "\r") else {
            throw WireFault("a frame's header without CR before its LF")
        }
        return (try FrameHeader(UnsafeRawBufferPointer(rebasing: bytes[..<(end - 1)]), longest: longest), end + 1)
    }
}

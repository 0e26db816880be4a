import NIOCore

/// A frame of a link.
struct LinkFrame: Equatable {
    let header: FrameHeader
    var payload: ByteBuffer
}

/// Cuts what arrives on a link into frames. Nothing in a payload is looked at. A value without I/O.
struct FrameReader {
    /// Octets of a payload at most.
    let longest: Int
    /// The header whose payload has not all arrived.
    private var header: FrameHeader?

    init(longest: Int) {
        self.longest = longest
    }

    /// The next frame; nil when more octets are needed.
    ///
    /// - Throws: a fault for a header that is malformed. What follows it cannot be read any more.
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
        let result = buffer.withUnsafeReadableBytes { octets in
            Result { () throws(WireFault) in try header(octets) }
        }
        guard let (header, count) = try result.get() else { return nil }
        buffer.moveReaderIndex(forwardBy: count)
        return header
    }

    /// The header that the octets begin with, and its length; nil when more octets are needed.
    private func header(_ octets: UnsafeRawBufferPointer) throws(WireFault) -> (FrameHeader, count: Int)? {
        guard let first = octets.first else { return nil }
        guard first == UInt8(ascii: "#") else {
            throw WireFault(
                first == UInt8(ascii: "*")
                    ? "the other end speaks another version of the link than \(LinkNote.version)"
                    : "what should be a frame does not begin as one")
        }
        let most = min(octets.count, FrameHeader.longest)
        guard let end = octets.offset(of: UInt8(ascii: "\n"), from: 0, before: most) else {
            guard most < FrameHeader.longest else { throw WireFault("a frame's header is too long") }
            return nil
        }
        guard octets[end - 1] == UInt8(ascii: "\r") else {
            throw WireFault("a frame's header without CR before its LF")
        }
        return (try FrameHeader(UnsafeRawBufferPointer(rebasing: octets[..<(end - 1)]), longest: longest), end + 1)
    }
}

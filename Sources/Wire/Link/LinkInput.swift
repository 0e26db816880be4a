import NIOCore

/// The bytes that have arrived at one end of a link and were not read.
struct LinkInput {
    /// The maximum length of a greeting in bytes, with its line end.
    private static let longestGreeting = 8192

    private var bytes: ByteBuffer
    private var reader: FrameReader
    private var hasReceived = false

    /// Creates the input of a new link.
    ///
    /// - Parameters:
    ///   - longest: The maximum number of payload bytes in one frame.
    ///   - bytes: The bytes that have already arrived.
    init(longest: Int, _ bytes: ByteBuffer = ByteBuffer()) {
        self.bytes = bytes
        reader = FrameReader(longest: longest)
    }

    var isEmpty: Bool { bytes.readableBytes == 0 }

    mutating func received(_ bytes: inout ByteBuffer) {
        hasReceived = true
        self.bytes.writeOrTake(&bytes)
    }

    /// Returns whether bytes have arrived since the last call.
    mutating func takeHasReceived() -> Bool {
        defer { hasReceived = false }
        return hasReceived
    }

    /// Returns the next frame; nil if it has not arrived completely.
    mutating func next() throws(WireFault) -> LinkFrame? { try reader.next(&bytes) }

    /// Reads the greeting of a server.
    ///
    /// - Returns: Whether the greeting is complete.
    mutating func takeGreeting() throws(WireFault) -> Bool {
        let most = min(bytes.readableBytes, Self.longestGreeting)
        guard let end = bytes.offset(of: UInt8(ascii: "\n"), before: most) else {
            guard most < Self.longestGreeting else { throw WireFault("a greeting that is too long") }
            return false
        }
        let line = bytes.readString(length: end + 1)!
        guard line.hasPrefix("220 ") else { throw WireFault("a greeting that is none: \(line.prefix(3))") }
        return true
    }
}

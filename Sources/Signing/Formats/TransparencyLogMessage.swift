/// Recognises what transparency logs and their witnesses sign.
enum TransparencyLogMessage {
    /// The number of digits of a SHA-256 in base64.
    private static let rootCount = 44

    /// Returns whether the message begins like one of these:
    ///
    ///     origin LF 1*DIGIT LF base64(root hash) LF   a checkpoint (c2sp.org/tlog-checkpoint)
    ///     "cosignature/v1" LF                         a witness's line about a checkpoint (c2sp.org/tlog-cosignature)
    static func isBegun(by message: UnsafeRawBufferPointer) -> Bool {
        if message.starts(with: "cosignature/v1\n".utf8) { return true }
        var rest = message[...]
        guard let origin = takeLine(&rest), !origin.isEmpty, let size = takeLine(&rest), !size.isEmpty,
            size.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let root = takeLine(&rest)
        else { return false }
        return root.count == rootCount && root.last == UInt8(ascii: "=")
    }

    /// Returns the next line, if it ends within a few hundred bytes, as all lines of a checkpoint do.
    private static func takeLine(_ rest: inout Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer>? {
        guard let end = rest.prefix(1024).firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { rest = rest[(end + 1)...] }
        return rest[..<end]
    }
}

/// The text form of a sealed message: `clv1.`, and base64url of the binary form without its first four bytes, `clv1`.
package enum MessageArmor {
    /// The first bytes of the binary form.
    package static let magic: StaticString = "clv1"
    private static let prefix: StaticString = "clv1."

    /// Returns the text form; nil if the bytes do not begin like a sealed message.
    package static func encode(_ sealed: RawSpan) -> [UInt8]? {
        guard begins(sealed, with: magic) else { return nil }
        return Base64URL.encode(sealed.extracting(droppingFirst: magic.utf8CodeUnitCount), after: prefix)
    }

    /// Returns the length of the text form of `count` bytes.
    package static func encodedCount(of count: Int) -> Int {
        prefix.utf8CodeUnitCount + Base64URL.encodedCount(of: max(0, count - magic.utf8CodeUnitCount))
    }

    /// Whether the bytes begin like a sealed message.
    package static func isSealed(_ bytes: RawSpan) -> Bool { begins(bytes, with: magic) }

    /// Writes the text form to the caller's memory of ``encodedCount(of:)`` bytes.
    ///
    /// - Returns: false if the bytes do not begin like a sealed message. Then nothing is written.
    package static func encode(_ sealed: RawSpan, into output: UnsafeMutableRawBufferPointer) -> Bool {
        guard begins(sealed, with: magic) else { return false }
        let start = prefix.utf8CodeUnitCount
        output.copyMemory(from: UnsafeRawBufferPointer(start: prefix.utf8Start, count: start))
        Base64URL.encode(
            sealed.extracting(droppingFirst: magic.utf8CodeUnitCount),
            into: UnsafeMutableRawBufferPointer(rebasing: output[start...]))
        return true
    }

    /// Returns the binary form, which is not parsed; nil if `text` is not in the text form.
    ///
    /// Spaces, tabs, and line ends are ignored, so text that was wrapped on its way can be read.
    package static func decode(_ text: RawSpan) -> [UInt8]? {
        if let sealed = decodeUnwrapped(text) { return sealed }
        let joined = text.withUnsafeBytes { bytes in
            bytes.filter { byte in
                byte != UInt8(ascii: " ") && byte != UInt8(ascii: "\t") && byte != UInt8(ascii: "\r")
                    && byte != UInt8(ascii: "\n")
            }
        }
        return joined.count == text.byteCount ? nil : decodeUnwrapped(joined.span.bytes)
    }

    private static func decodeUnwrapped(_ text: RawSpan) -> [UInt8]? {
        guard begins(text, with: prefix) else { return nil }
        return Base64URL.decode(text.extracting(droppingFirst: prefix.utf8CodeUnitCount), after: magic)
    }

    private static func begins(_ bytes: RawSpan, with start: StaticString) -> Bool {
        bytes.withUnsafeBytes { bytes in start.withUTF8Buffer { bytes.starts(with: $0) } }
    }
}

/// A sealed message as text, for lines: `clv1.` and base64url of what follows the four bytes `clv1` of the binary form.
package enum Armour {
    /// What the binary form begins with.
    package static let magic: StaticString = "clv1"
    private static let prefix: StaticString = "clv1."

    /// The text form; nil when the bytes do not begin as a sealed message does.
    package static func encode(_ sealed: RawSpan) -> [UInt8]? {
        guard begins(sealed, with: magic) else { return nil }
        return Base64URL.encode(sealed.extracting(droppingFirst: magic.utf8CodeUnitCount), after: prefix)
    }

    /// How many octets the text form of `count` bytes has.
    package static func encodedCount(of count: Int) -> Int {
        prefix.utf8CodeUnitCount + Base64URL.encodedCount(of: max(0, count - magic.utf8CodeUnitCount))
    }

    /// Whether the bytes begin as a sealed message does.
    package static func isSealed(_ bytes: RawSpan) -> Bool { begins(bytes, with: magic) }

    /// Writes the text form to memory of the caller's, ``encodedCount(of:)`` octets of it; false, and nothing is written,
    /// when the bytes do not begin as a sealed message does.
    package static func encode(_ sealed: RawSpan, into output: UnsafeMutableRawBufferPointer) -> Bool {
        guard begins(sealed, with: magic) else { return false }
        let start = prefix.utf8CodeUnitCount
        output.copyMemory(from: UnsafeRawBufferPointer(start: prefix.utf8Start, count: start))
        Base64URL.encode(
            sealed.extracting(droppingFirst: magic.utf8CodeUnitCount),
            into: UnsafeMutableRawBufferPointer(rebasing: output[start...]))
        return true
    }

    /// The binary form of what `text` is, not looked into; nil if it is not armoured.
    ///
    /// Spaces, tabs and line ends may stand anywhere, so that text which was wrapped on its way is still good.
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

/// Standard base64 (RFC 4648 section 4): with padding for PEM, without it for PHC strings.
package enum Base64 {
    package static func encode(_ bytes: RawSpan, padded: Bool) -> [UInt8] {
        Radix64.standard.encode(bytes, padded: padded, after: "")
    }

    package static func encode(_ bytes: [UInt8], padded: Bool) -> String {
        String(decoding: encode(bytes.span.bytes, padded: padded), as: UTF8.self)
    }

    /// The bytes that `text` stands for; nil if it is not exactly what ``encode(_:padded:)`` gives for them.
    package static func decode(_ text: RawSpan, padded: Bool) -> [UInt8]? {
        Radix64.standard.decode(text, padded: padded, after: "")
    }

    package static func decode(_ text: some StringProtocol, padded: Bool) -> [UInt8]? {
        decode(String(text).utf8Span.span.bytes, padded: padded)
    }

    /// How many bytes ``decode(_:padded:into:)`` writes for `text`; nil if it cannot be decoded, for its length alone.
    package static func decodedCount(of text: RawSpan, padded: Bool) -> Int? {
        Radix64.standard.decodedCount(of: text, padded: padded)
    }

    /// The same as ``decode(_:padded:)``, into memory of the caller's that has room for ``decodedCount(of:padded:)``
    /// bytes; false if `text` cannot be decoded, and then what was written must be discarded.
    package static func decode(_ text: RawSpan, padded: Bool, into output: UnsafeMutableRawBufferPointer) -> Bool {
        Radix64.standard.decode(text, padded: padded, into: output)
    }
}

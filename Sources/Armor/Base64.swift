/// Standard base64 (RFC 4648 section 4). PEM has padding, and PHC strings have none.
package enum Base64 {
    package static func encode(_ bytes: RawSpan, padded: Bool) -> [UInt8] {
        Radix64.standard.encode(bytes, padded: padded, after: "")
    }

    package static func encode(_ bytes: [UInt8], padded: Bool) -> String {
        String(decoding: encode(bytes.span.bytes, padded: padded), as: UTF8.self)
    }

    /// Returns the number of digits for `count` bytes, including padding.
    package static func encodedCount(of count: Int, padded: Bool) -> Int {
        Radix64.encodedCount(of: count, padded: padded)
    }

    /// Writes the digits of `bytes` to the caller's memory, which has ``encodedCount(of:padded:)`` bytes. Its size
    /// decides whether the digits are padded.
    package static func encode(_ bytes: RawSpan, into output: UnsafeMutableRawBufferPointer) {
        Radix64.standard.encode(bytes, into: output)
    }

    /// Decodes `text`; nil if it is not exactly what ``encode(_:padded:)`` returns for its bytes.
    package static func decode(_ text: RawSpan, padded: Bool) -> [UInt8]? {
        Radix64.standard.decode(text, padded: padded, after: "")
    }

    package static func decode(_ text: some StringProtocol, padded: Bool) -> [UInt8]? {
        decode(String(text).utf8Span.span.bytes, padded: padded)
    }

    /// Returns the number of bytes that ``decode(_:padded:into:)`` writes for `text`; nil if no base64 has the length
    /// of `text`.
    package static func decodedCount(of text: RawSpan, padded: Bool) -> Int? {
        Radix64.standard.decodedCount(of: text, padded: padded)
    }

    /// Decodes `text` into the caller's memory, which has room for ``decodedCount(of:padded:)`` bytes.
    ///
    /// - Returns: false if `text` is not base64. Then the caller must discard the written bytes.
    package static func decode(_ text: RawSpan, padded: Bool, into output: UnsafeMutableRawBufferPointer) -> Bool {
        Radix64.standard.decode(text, padded: padded, into: output)
    }
}

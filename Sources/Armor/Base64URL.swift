/// Base64 for URLs, without padding (RFC 4648 section 5; RFC 7515 appendix C).
package enum Base64URL {
    /// The digits of `bytes`, after a copy of `prefix`, so that a marked text is made in one piece.
    package static func encode(_ bytes: RawSpan, after prefix: StaticString = "") -> [UInt8] {
        Radix64.url.encode(bytes, padded: false, after: prefix)
    }

    /// How many digits `count` bytes have.
    package static func encodedCount(of count: Int) -> Int { Radix64.encodedCount(of: count, padded: false) }

    /// Writes the digits of `bytes` to memory of the caller's, ``encodedCount(of:)`` bytes of it.
    package static func encode(_ bytes: RawSpan, into output: UnsafeMutableRawBufferPointer) {
        precondition(output.count == encodedCount(of: bytes.byteCount))
        Radix64.url.encode(bytes, into: output)
    }

    package static func encode(_ bytes: [UInt8]) -> String {
        String(decoding: encode(bytes.span.bytes), as: UTF8.self)
    }

    /// The bytes that `text` stands for, after a copy of `prefix`; nil if it is not exactly what ``encode(_:after:)``
    /// gives for them: no padding, no white space, no bits set after the last byte.
    package static func decode(_ text: RawSpan, after prefix: StaticString = "") -> [UInt8]? {
        Radix64.url.decode(text, padded: false, after: prefix)
    }

    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        decode(String(text).utf8Span.span.bytes)
    }
}

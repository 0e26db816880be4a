/// Base64 for URLs, without padding (RFC 4648 section 5; RFC 7515 appendix C).
package enum Base64URL {
    /// Returns a copy of `prefix` and the digits of `bytes`, in one allocation.
    package static func encode(_ bytes: RawSpan, after prefix: StaticString = "") -> [UInt8] {
        Radix64.url.encode(bytes, padded: false, after: prefix)
    }

    /// Returns the number of digits for `count` bytes.
    package static func encodedCount(of count: Int) -> Int { Radix64.encodedCount(of: count, padded: false) }

    /// Writes the digits of `bytes` to the caller's memory of ``encodedCount(of:)`` bytes.
    package static func encode(_ bytes: RawSpan, into output: UnsafeMutableRawBufferPointer) {
        precondition(output.count == encodedCount(of: bytes.byteCount))
        Radix64.url.encode(bytes, into: output)
    }

    package static func encode(_ bytes: [UInt8]) -> String {
        String(decoding: encode(bytes.span.bytes), as: UTF8.self)
    }

    /// Returns a copy of `prefix` and the bytes that `text` encodes; nil if `text` is not exactly what
    /// ``encode(_:after:)`` returns for them. Padding, white space, and bits after the last byte are refused.
    package static func decode(_ text: RawSpan, after prefix: StaticString = "") -> [UInt8]? {
        Radix64.url.decode(text, padded: false, after: prefix)
    }

    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        decode(String(text).utf8Span.span.bytes)
    }
}

import Secrets

/// An account's key for tags, which show that the account wrote a message. Only the holder of the key can make a tag or
/// check one.
///
///     tag   = HMAC-SHA-256 of input
///     input = "clavero/1 mac" 00 length(u8) context message
///
/// The length is that of the context, and 0 without one. So no two pairs of context and message have the same input.
package struct MACKey: Sendable {
    /// The number of bytes of a key, and of a tag.
    package static let count = 32

    private let key: SecretBytes

    /// - Throws: ``SealError/malformed`` if the account key is not 32 bytes.
    package init(_ accountKey: SecretBytes) throws(SealError) {
        guard accountKey.count == Self.count else { throw .malformed }
        key = accountKey
    }

    /// Returns the tag of `message`, which has 32 bytes. Tags must be compared with ``isTag(_:of:context:)`` only.
    package func tag(of message: RawSpan, context: MessageContext? = nil) -> [UInt8] {
        Self.withInput(message, context) { HMAC.sha256($0, key: key) }
    }

    /// Returns whether `tag` is the tag of `message`. Its time does not depend on the position of a difference.
    package func isTag(_ tag: [UInt8], of message: RawSpan, context: MessageContext? = nil) -> Bool {
        Self.withInput(message, context) { HMAC.isTag(tag, of: $0, key: key) }
    }

    /// Lends the bytes that the tag is computed from.
    static func withInput<Result>(_ message: RawSpan, _ context: MessageContext?, _ body: (RawSpan) -> Result) -> Result
    {
        let (label, context) = ("clavero/1 mac" as StaticString, context?.bytes ?? [])
        let count = label.utf8CodeUnitCount + 2 + context.count + message.byteCount
        return withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { bytes in
            var writer = ByteWriter(rest: bytes)
            writer.put(label)
            writer.put(bigEndian: 0 as UInt8)
            writer.put(bigEndian: UInt8(context.count))
            writer.put(context.span.bytes)
            writer.put(message)
            return body(UnsafeRawBufferPointer(bytes).bytes)
        }
    }
}

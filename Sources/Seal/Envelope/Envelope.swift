import Armor

/// A sealed message, with its sender, its recipients, and its encrypted content.
///
/// All integers are big-endian:
///
///     envelope  = header payload
///     header    = "clv1" flags(u8) name recipients(u16, 1...1024) 1*1024recipient
///     flags     = 0, or 1 if the message was sealed with a context. Readers refuse all others.
///     recipient = name version(u32) nonce(24) key(32) tag(16)
///     name      = count(u8, 1...255) UTF-8 without NUL
///     payload   = nonce(24) ciphertext tag(16)
///
/// The payload is sealed with XAES-256-GCM under a random message key, with `"clavero/1 message" 00 header context` as
/// associated data. The context is empty if the flags are 0. The header tells where it ends itself, so the context is
/// all that follows it. The message key is sealed for each recipient under HKDF-SHA-256 of the recipient's account key (no
/// salt, info `"clavero/1 wrap"`), with `"clavero/1 wrap" 00 sender 00 recipient 00 version(u32)` as associated data.
package struct Envelope: Sendable {
    /// A person or machine that can open an envelope.
    package struct Recipient: Sendable {
        package let name: String
        package let version: UInt32
        package let key: EnvelopeKey

        package init(name: String, version: UInt32, key: EnvelopeKey) {
            self.name = name
            self.version = version
            self.key = key
        }
    }

    /// A recipient as the header names it.
    package struct Addressee: Sendable, Hashable {
        package let name: String
        package let version: UInt32

        /// Returns whether name and version are equal. It compares bytes, because equal strings may differ in their
        /// bytes, and the associated data contains bytes.
        func isNamed(_ name: String, _ version: UInt32) -> Bool {
            self.version == version && self.name.utf8.elementsEqual(name.utf8)
        }
    }

    static let magic = MessageArmor.magic
    /// The flag of a message that was sealed with a context.
    static let contextFlag: UInt8 = 0x01
    static let recipientBound = 1024
    static let wrappedCount = XAES256GCM.keyCount + XAES256GCM.overhead

    private let bytes: [UInt8]
    package let header: EnvelopeHeader

    package var sender: String { header.sender }
    package var recipients: [Addressee] { header.recipients }

    /// Reads the header of an envelope in its binary form. Nothing is authenticated until the envelope is opened.
    ///
    /// - Throws: ``SealError/malformed`` if the bytes are not a whole envelope.
    package init(parsing bytes: [UInt8]) throws(SealError) {
        header = try EnvelopeHeader(parsing: bytes.span.bytes)
        self.bytes = bytes
    }

    /// Reads the header of an envelope from borrowed bytes, which are copied.
    package init(parsing bytes: RawSpan) throws(SealError) {
        header = try EnvelopeHeader(parsing: bytes)
        self.bytes = bytes.withUnsafeBytes { Array($0) }
    }

    /// Opens the message with the account key that `name` has in that `version`, and with the context that it was
    /// sealed with.
    ///
    /// - Throws: ``SealError/notARecipient``, ``SealError/damaged``.
    package func open(
        as name: String, version: UInt32, key: EnvelopeKey, context: MessageContext? = nil
    ) throws(SealError) -> [UInt8] {
        try [UInt8](count: header.messageCount) { (output) throws(SealError) in
            try header.open(bytes.span.bytes, as: name, version: version, key: key, context: context, into: output)
        }
    }

    /// Lends the associated data of a payload.
    static func withMessageData<Result, Failure: Error>(
        header: RawSpan, context: MessageContext?, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withAssociatedData("clavero/1 message", header, context?.bytes ?? [], body)
    }

    /// Lends the associated data of a wrapped message key.
    static func withWrapData<Result, Failure: Error>(
        sender: String, recipient: String, version: UInt32, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withAssociatedData("clavero/1 wrap", sender, recipient, version: version, body)
    }
}

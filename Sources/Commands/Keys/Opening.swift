import Armor
import NIOCore
import Seal
import Store
import Wire

/// A sealed message that the user may open, and the user's key that opens it.
///
/// DECRYPT and REWRAP have it in common.
struct Opening {
    static let failures: [Failure] = [
        .notSealed, .notARecipient, .contextNeeded, .contextUnneeded, .damaged, .otherContext, .retiredRecipient,
    ]

    let header: EnvelopeHeader
    private let sealed: ByteBuffer
    private let addressee: Envelope.Addressee
    private let known: KnownKey
    private let key: EnvelopeKey
    private let context: MessageContext?

    /// Prepares to open a message.
    ///
    /// - Parameters:
    ///   - text: The sealed message, as text or in binary.
    ///   - context: The context that the user gave.
    /// - Throws: All refusals of a message that cannot be opened, except those of the message's content, and
    ///   `NotInMemory`.
    init(_ text: ByteBuffer, context: MessageContext?, _ call: Call, _ keys: KeysPlugin) throws {
        let account = try call.actingName()
        let name = account.description
        let sealed = Self.binary(text)
        guard let header = try? EnvelopeHeader(parsing: sealed.readableBytesSpan) else { throw Failure.notSealed }
        guard let addressee = header.recipients.first(where: { $0.name == name }) else { throw Failure.notARecipient }
        if header.hasContext != (context != nil) {
            throw header.hasContext ? Failure.contextNeeded : Failure.contextUnneeded
        }
        let known = try call.liveKey(
            of: account, .encryption, version: addressee.version, orRetired: .retiredRecipient)
        guard let known else { throw Failure.damaged }
        (self.header, self.addressee, self.sealed) = (header, addressee, sealed)
        (self.context, self.known, key) = (context, known, try keys.envelopeKey(known))
    }

    /// Writes the message to `output`, which has `header.messageCount` bytes, and counts the use of the key.
    ///
    /// - Throws: `damaged` or `otherContext`. The caller then discards the written bytes.
    func open(_ call: Call, into output: UnsafeMutableRawBufferPointer) throws(Failure) {
        do {
            try header.open(
                sealed.readableBytesSpan, as: addressee.name, version: addressee.version, key: key, context: context,
                into: output)
            call.countUse(of: known)
        } catch {
            throw context == nil ? .damaged : .otherContext
        }
    }

    /// Returns the binary form of a sealed message. The message may be text or already binary.
    private static func binary(_ bytes: ByteBuffer) -> ByteBuffer {
        if EnvelopeHeader.begins(bytes.readableBytesSpan) { return bytes }
        return MessageArmor.decode(bytes.readableBytesSpan).map { ByteBuffer(bytes: $0) } ?? bytes
    }
}

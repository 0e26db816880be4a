import Armor
import NIOCore
import Seal
import Store
import Wire

/// The DECRYPT command, which opens a message that was sealed to the user, and tells who sealed it.
struct Decrypt: KeysCommand, MemoryCommand {
    private static let sealed = Parameter.sealed("sealed-message")

    static let spec = CommandSpec(
        "DECRYPT", [sealed.spec], access: .user, isRepeatable: true,
        failures: [.notSealed, .notARecipient, .damaged, .retiredRecipient], isReading: true, yieldsCredential: false,
        summary: "Open a sealed message",
        help: """
            The answer begins with FROM= and the account that sealed the message. The message follows: on the same \
            line, on lines of its own, or as a literal. A sealed message may be sent as text or in binary.
            """)

    let keys: KeysPlugin

    func answer(_ call: Call) throws -> Answer {
        let account = try call.actingName()
        let name = account.description
        let sealed = Self.binary(try call.value(Self.sealed))
        guard let header = try? EnvelopeHeader(parsing: sealed.readableBytesSpan) else { throw Failure.notSealed }
        guard let addressee = header.recipients.first(where: { $0.name == name }) else { throw Failure.notARecipient }
        let known = try call.liveKey(
            of: account, .encryption, version: addressee.version, orRetired: .retiredRecipient)
        guard let known else { throw Failure.damaged }
        let key = try keys.envelopeKey(known)
        do {
            let message = try ByteBuffer(count: header.messageCount) { output in
                try header.open(
                    sealed.readableBytesSpan, as: name, version: addressee.version, key: key, into: output)
            }
            call.countUse(of: known)
            return Answer(.result(message, about: "FROM=\(header.sender)"))
        } catch {
            throw Failure.damaged
        }
    }

    /// Returns the binary form of a sealed message. The message may be text or already binary.
    private static func binary(_ bytes: ByteBuffer) -> ByteBuffer {
        if EnvelopeHeader.begins(bytes.readableBytesSpan) { return bytes }
        return MessageArmor.decode(bytes.readableBytesSpan).map { ByteBuffer(bytes: $0) } ?? bytes
    }
}

import Armor
import NIOCore
import Seal
import Store
import Wire

/// DECRYPT: opens a message that was sealed to oneself, and says who sealed it.
struct Decrypt: Command {
    private static let sealed = Parameter.sealed("sealed-message")

    static let declaration = Declaration(
        "DECRYPT", [sealed.spec], access: .user, isRepeatable: true,
        failures: [.notSealed, .notARecipient, .damaged],
        summary: "Open a sealed message",
        help: """
            The answer begins with FROM= and the account that sealed the message, then comes the message: on the same \
            line, on lines of its own, or as a literal. A sealed message is taken as text or in binary.
            """)

    let keys: KeysPlugin

    func run(_ call: Call) async throws -> Answer {
        let name = try await call.account().name
        let envelope = try Self.envelope(try call.value(Self.sealed))
        guard let addressee = envelope.recipients.first(where: { $0.name == name }) else {
            throw Failure.notARecipient
        }
        guard let known = try await keys.accounts.key(of: name, .encryption, version: addressee.version) else {
            throw Failure.damaged
        }
        let key = try keys.secret(known)
        let message = try Self.open(envelope, as: name, version: addressee.version, key)
        return Answer(.result(message, about: "FROM=\(envelope.sender)"))
    }

    private static func open(
        _ envelope: Envelope, as name: String, version: UInt32, _ key: SecretBytes
    ) throws(Failure) -> ByteBuffer {
        do throws(SealError) {
            return ByteBuffer(bytes: try envelope.open(as: name, version: version, key: key))
        } catch {
            throw .damaged
        }
    }

    private static func envelope(_ octets: ByteBuffer) throws(Failure) -> Envelope {
        do throws(SealError) {
            if let binary = Armour.decode(octets.readableBytesSpan) { return try Envelope(parsing: binary) }
            return try Envelope(parsing: octets.readableBytesSpan)
        } catch {
            throw .notSealed
        }
    }
}

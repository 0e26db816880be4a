import NIOCore
import Seal
import Store
import Wire

/// The ENCRYPT command, which seals a message to the user or to other accounts.
struct Encrypt: KeysCommand, MemoryCommand {
    private static let to = Parameter.names("name", key: "TO")
    private static let message = Parameter.message("message")

    static let spec = CommandSpec(
        "ENCRYPT", [to.optional, message.spec], access: .user, isRepeatable: true, result: .sealed,
        failures: [.unknownRecipient], isReading: true, yieldsCredential: false,
        summary: "Seal a message to yourself, or to others",
        help: """
            With TO, only the named accounts can decrypt the message; without it, only you can. The answer is a sealed \
            message: lines of text that begin with clv1., or the same in binary as a literal.
            """)

    let keys: KeysPlugin

    func answer(_ call: Call) throws -> Answer {
        let account = try call.actingName()
        let names = try call.optional(Self.to) ?? [account]
        let message = try call.value(Self.message)
        let recipients = try zip(names, try call.currentKeys(of: names, .encryption, by: keys.maker)).map { name, key in
            guard let key else { throw Failure.unknownRecipient }
            return Envelope.Recipient(name: name.description, version: key.row.version, key: try keys.envelopeKey(key))
        }
        let sender = account.description
        let count = Envelope.sealedCount(of: message.readableBytes, from: sender, to: recipients)
        let sealed = try ByteBuffer(count: count) { output in
            try Envelope.seal(message.readableBytesSpan, from: sender, to: recipients, into: output)
        }
        return Answer(.result(sealed))
    }
}

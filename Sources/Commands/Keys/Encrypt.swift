import NIOCore
import Seal
import Wire

/// The ENCRYPT command, which seals a message to the user or to other accounts.
struct Encrypt: KeysCommand, MemoryCommand {
    private static let to = Parameter.names("name", key: "TO")
    private static let context = Parameter.context()
    private static let message = Parameter.message("message")

    static let spec = CommandSpec(
        "ENCRYPT", [to.optional, context.optional, message.spec], access: .user, isRepeatable: true, result: .sealed,
        failures: [.unknownRecipient], isReading: true, yieldsCredential: false,
        summary: "Seal a message to yourself, or to others",
        help: """
            With TO, only the named accounts can decrypt the message; without it, only you can. The answer is a sealed \
            message: lines of text that begin with clv1., or the same in binary as a literal. With CONTEXT, DECRYPT \
            opens the message only if it is given the same context, which the sealed message does not contain.
            """)

    let keys: KeysPlugin

    func answer(_ call: Call) throws -> Answer {
        let account = try call.actingName()
        let recipients = try keys.recipients(try call.optional(Self.to) ?? [account], call)
        let (message, context) = (try call.value(Self.message), try call.optional(Self.context))
        let sender = account.description
        let count = Envelope.sealedCount(of: message.readableBytes, from: sender, to: recipients)
        let sealed = try ByteBuffer(count: count) { output in
            try Envelope.seal(
                message.readableBytesSpan, from: sender, to: recipients, context: context, into: output)
        }
        return Answer(.result(sealed))
    }
}

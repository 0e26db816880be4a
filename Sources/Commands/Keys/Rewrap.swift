import NIOCore
import Seal
import Secrets
import Store
import Wire

/// The REWRAP command, which seals a message again, for the same recipients, under everybody's current keys.
struct Rewrap: KeysCommand, MemoryCommand {
    private static let context = Parameter.context()
    private static let drop = Parameter.flag("drop", key: "DROP", is: "yes", or: .onlyYes)
    private static let sealed = Parameter.sealed("sealed-message")

    static let spec = CommandSpec(
        "REWRAP", [context.optional, drop.optional, sealed.spec], access: .user, isRepeatable: true, result: .sealed,
        failures: Opening.failures + [.recipientGone], isReading: true, yieldsCredential: false,
        summary: "Seal a message again, under everybody's current keys",
        help: """
            The message must be sealed to you. The answer is the same message from the same sender, for the same \
            recipients, under a new message key. CONTEXT is the context of the message, which it keeps. If a recipient \
            has no account any more, the request is refused; DROP=yes leaves such recipients out.
            """)

    let keys: KeysPlugin

    func answer(_ call: Call) throws -> Answer {
        let context = try call.optional(Self.context)
        let opening = try Opening(try call.value(Self.sealed), context: context, call, keys)
        let header = opening.header
        let current = try currentKeys(of: header, drops: try call.optional(Self.drop) != nil, call)
        let recipients = try current.map { try keys.recipient($0.name, $0.key) }
        let message = try SecretBytes(count: header.messageCount) { output throws(Failure) in
            try opening.open(call, into: output)
        }
        let count = Envelope.sealedCount(of: message.count, from: header.sender, to: recipients)
        let sealed = try ByteBuffer(count: count) { output in
            try message.withBytes { message throws(SealError) in
                try Envelope.seal(message, from: header.sender, to: recipients, context: context, into: output)
            }
        }
        // The header is the client's until the message has opened, so no use was counted before.
        for (_, key) in current { call.countUse(of: key) }
        return Answer(.result(sealed))
    }

    /// Returns the recipients of a message, each once, with their current keys. The user is one of them.
    ///
    /// - Parameter drops: Whether recipients without an account are left out.
    private func currentKeys(
        of header: EnvelopeHeader, drops: Bool, _ call: Call
    ) throws -> [(name: AccountName, key: KnownKey)] {
        // Only names of accounts are ever sealed to. If one is not, the message will not open.
        var seen: Set<AccountName> = []
        let names = try header.recipients.map { recipient in
            guard let name = AccountName(canonical: recipient.name) else { throw Failure.damaged }
            return name
        }.filter { seen.insert($0).inserted }
        return try zip(names, call.currentKeys(of: names, .encryption, by: keys.maker)).compactMap { name, key in
            if let key { return (name, key) }
            guard drops else { throw Failure.recipientGone }
            return nil
        }
    }
}

extension Failure {
    static let recipientGone = Failure(
        550, "5.1.1", "One of the recipients has no account any more; DROP=yes leaves it out")
    static let onlyYes = Failure(501, "5.5.4", "DROP takes no value except yes")
}

import NIOCore
import Seal
import Wire

/// The DECRYPT command, which opens a message that was sealed to the user, and tells who sealed it.
struct Decrypt: KeysCommand, MemoryCommand {
    private static let context = Parameter.context()
    private static let sealed = Parameter.sealed("sealed-message")

    static let spec = CommandSpec(
        "DECRYPT", [context.optional, sealed.spec], access: .user, isRepeatable: true,
        failures: Opening.failures, isReading: true, yieldsCredential: false,
        summary: "Open a sealed message",
        help: """
            The answer begins with FROM= and the account that sealed the message. The message follows: on the same \
            line, on lines of its own, or as a literal. A sealed message may be sent as text or in binary. CONTEXT is \
            the context that the message was sealed with, if it has one.
            """)

    let keys: KeysPlugin

    func answer(_ call: Call) throws -> Answer {
        let opening = try Opening(
            try call.value(Self.sealed), context: try call.optional(Self.context), call, keys)
        let message = try ByteBuffer(count: opening.header.messageCount) { try opening.open(call, into: $0) }
        return Answer(.result(message, about: "FROM=\(opening.header.sender)"))
    }
}

import Armor
import NIOCore
import Seal
import Secrets
import Wire

/// The DATAKEY command, which makes a key with which a client encrypts data itself, and seals the key.
struct DataKey: KeysCommand, MemoryCommand {
    private static let keyCount = 32
    private static let to = Parameter.names("name", key: "TO")
    private static let context = Parameter.context()
    private static let only = Parameter.flag("sealed", key: "SEALED", is: "only", or: .onlySealed)

    static let spec = CommandSpec(
        "DATAKEY", [to.optional, context.optional, only.optional], access: .user, isRepeatable: true,
        failures: [.unknownRecipient], isReading: true,
        summary: "Make a key for your own data, in clear and sealed",
        help: """
            The first line of the answer is a new random key of 32 bytes, in base64. The second line is the same key as \
            a sealed message. Encrypt your data with the key, keep the second line beside the data, and forget the \
            key: DECRYPT gives it again, as 32 bytes. TO and CONTEXT are those of ENCRYPT. With SEALED=only, the \
            answer is the sealed key alone.
            """)

    let keys: KeysPlugin

    func answer(_ call: Call) throws -> Answer {
        let account = try call.actingName()
        let recipients = try keys.recipients(try call.optional(Self.to) ?? [account], call)
        let context = try call.optional(Self.context)
        let isClear = try call.optional(Self.only) == nil
        let key = SecretBytes.random(count: Self.keyCount)
        let sealed = try key.withBytes { key throws(SealError) in
            try Envelope.seal(key, from: account.description, to: recipients, context: context)
        }
        let clearCount = isClear ? Base64.encodedCount(of: Self.keyCount, padded: true) + 1 : 0
        let count = clearCount + MessageArmor.encodedCount(of: sealed.count)
        let text = ByteBuffer(count: count) { output in
            if isClear {
                let digits = UnsafeMutableRawBufferPointer(rebasing: output[..<(clearCount - 1)])
                key.withBytes { Base64.encode($0, into: digits) }
                output[clearCount - 1] = UInt8(ascii: "\n")
            }
            _ = MessageArmor.encode(
                sealed.span.bytes, into: UnsafeMutableRawBufferPointer(rebasing: output[clearCount...]))
        }
        return Answer(.result(text))
    }
}

extension Failure {
    static let onlySealed = Failure(501, "5.5.4", "SEALED takes no value except only")
}

import Armor
import NIOCore
import Seal
import Wire

/// The RANDOM command, which gives random bytes.
struct RandomBytes: KeysCommand, MemoryCommand {
    private static let bounds = 1...1024
    private static let count = Parameter.number("bytes", in: bounds, or: .badCount)

    static let spec = CommandSpec(
        "RANDOM", [count.optional], access: .user, isRepeatable: true, isReading: true, yieldsCredential: false,
        summary: "Give random bytes, in base64",
        help: """
            The answer is one line of base64. It has 32 bytes, or the number of bytes that you ask for, up to 1024. The \
            server takes them from its kernel and keeps no copy.
            """)

    init(keys: KeysPlugin) {}

    func answer(_ call: Call) throws -> Answer {
        _ = try call.actingName()
        let bytes = Random.bytes(try call.optional(Self.count) ?? 32)
        return Answer(.result(ByteBuffer(bytes: Base64.encode(bytes.span.bytes, padded: true))))
    }
}

extension Failure {
    static let badCount = Failure(501, "5.5.4", "RANDOM gives 1 to 1024 bytes; send a number in that range")
}

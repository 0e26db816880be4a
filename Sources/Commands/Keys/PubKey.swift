import NIOCore
import Seal
import Signing
import Store
import Wire

/// The PUBKEY command, which shows the public key that verifies an account's signatures.
struct PubKey: KeysCommand, MemoryCommand {
    private static let name = Parameter.name("name")

    static let spec = CommandSpec(
        "PUBKEY", [name.optional], access: .anyone, isRepeatable: true,
        failures: [.noSuchAccount], isReading: true, yieldsCredential: false,
        summary: "Show a public key, in PEM",
        help: """
            The answer is the Ed25519 key that checks the account's signatures, as openssl reads it. Without a name, \
            it is your own key. Anyone may ask for a key, with a log-in or without.
            """)

    let keys: KeysPlugin

    func answer(_ call: Call) throws -> Answer {
        let account = if let name = try call.optional(Self.name) { name } else { try call.actingName() }
        let row = try call.currentKeys(of: [account], .signing)[0]?.row
        guard let raw = row?.publicKey else { throw Failure.noSuchAccount }
        // The reply itself adds the last line end of a text.
        return Answer(.result(ByteBuffer(string: String(try VerifyingKey(raw: raw).pem.dropLast()))))
    }
}

import NIOCore
import Seal
import Store
import Wire

/// SIGN: signs a message with one's own key.
struct Sign: KeysCommand {
    private static let message = Parameter.message("message")

    static let declaration = Declaration(
        "SIGN", [message.spec], access: .user, isRepeatable: true,
        isReading: true,
        summary: "Sign a message",
        help: """
            The answer is a signature, clvs1.name.key.signature; VERIFY tells who made it. Its last part is a plain \
            Ed25519 signature in base64url, which other programs check with the key that PUBKEY gives.
            """)

    let keys: KeysPlugin

    func run(_ call: Call) async throws -> Answer {
        let name = try await call.account().name
        let (key, version) = try await keys.signingKey(of: name, at: call.moment)
        let message = try call.value(Self.message)
        let signature = try key.sign(message.readableBytesSpan)
        let text = try SignatureText(name: name, version: version, bytes: signature)
        return Answer(.result(ByteBuffer(string: text.description)))
    }
}

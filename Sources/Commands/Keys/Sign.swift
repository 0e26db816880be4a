import NIOCore
import Signing
import Store
import Wire

/// The SIGN command, which signs a message with the user's own key.
struct Sign: KeysCommand, MemoryCommand {
    private static let message = Parameter.message("message")

    static let spec = CommandSpec(
        "SIGN", [message.spec], access: .user, isRepeatable: true, failures: [.sshMessage], isReading: true,
        yieldsCredential: false,
        summary: "Sign a message",
        help: """
            The answer is a signature, clvs1.name.key.signature; VERIFY tells who made it. Its last part is a plain \
            Ed25519 signature in base64url, which other programs check with the key from PUBKEY. A message that SSH \
            could mistake for one of its own, such as one that begins with SSHSIG, is refused.
            """)

    let keys: KeysPlugin

    func answer(_ call: Call) throws -> Answer {
        let name = try call.actingName()
        let message = try call.value(Self.message)
        guard !SSHMessage.isBegun(by: message.readableBytesSpan) else { throw Failure.sshMessage }
        // Every account gets a signing key when it signs up.
        guard let known = try call.currentKey(of: name, .signing, by: keys.maker) else { throw Failure.rootKeyMismatch }
        let key = try keys.signingKey(known)
        let signature = try key.sign(message.readableBytesSpan)
        let text = try SignatureText(name: name.description, version: known.row.version, bytes: signature)
        return Answer(.result(ByteBuffer(string: text.description)))
    }
}

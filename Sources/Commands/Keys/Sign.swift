import NIOCore
import Seal
import Signing
import Store
import Wire

/// The SIGN command, which signs a message with the user's own key.
struct Sign: KeysCommand, MemoryCommand {
    private static let message = Parameter.message("message")

    static let spec = CommandSpec(
        "SIGN", [message.spec], access: .user, isRepeatable: true,
        failures: ReservedFormat.allCases.map(Failure.mistakable), isReading: true,
        yieldsCredential: false,
        summary: "Sign a message",
        help: """
            The answer is a signature, clvs1.name.key.signature; VERIFY tells who made it. Its last part is a plain \
            Ed25519 signature in base64url, which other programs check with the key from PUBKEY. A message that another \
            program could mistake for one of its own is refused, such as one that begins with SSHSIG, or the first two \
            parts of a JSON Web Token.
            """)

    let keys: KeysPlugin

    func answer(_ call: Call) throws -> Answer {
        let name = try call.actingName()
        let message = try call.value(Self.message)
        if let format = ReservedFormat.of(message.readableBytesSpan) { throw Failure.mistakable(format) }
        // Every account gets a signing key when it signs up.
        guard let known = try call.currentKey(of: name, .signing, by: keys.maker) else { throw Failure.rootKeyMismatch }
        let key = try keys.signingKey(known)
        let signature = try key.sign(message.readableBytesSpan)
        call.countUse(of: known)
        let text = try KeyedText(.signature, name: name.description, version: known.row.version, bytes: signature)
        return Answer(.result(ByteBuffer(string: text.description)))
    }
}

extension Failure {
    /// The refusal of a message that could be mistaken for one of the format.
    static func mistakable(_ format: ReservedFormat) -> Failure {
        Failure(550, "5.7.1", "Not signed: \(format.owner) could mistake this message for one of its own")
    }
}

extension ReservedFormat {
    fileprivate var owner: StaticString {
        switch self {
        case .ssh: "SSH"
        case .jws: "JWT"
        case .x509: "X.509"
        case .cose: "COSE"
        case .tls: "TLS"
        case .dsse: "DSSE"
        case .log: "a transparency log"
        case .own: "Clavero"
        }
    }
}

import NIOCore
import Secrets
import Signing
import Store
import Wire

/// VERIFY: who signed a message, or whose a token is. For anybody.
struct Verify: AuthCommand, MemoryCommand {
    private static let signature = Parameter.word("signature")
    private static let message = Parameter.message("message")
    private static let token = Parameter.secret("token", key: "TOKEN")

    static let declaration = Declaration(
        "VERIFY", [signature.spec, message.spec], [token.spec], access: .anyone, isRepeatable: true,
        failures: [.notASignature, .nobodySigned, .notAToken, .tokenExpired, .tokenEnded],
        isReading: true, yieldsCredential: false,
        summary: "Tell who signed a message, or whose a token is",
        help: """
            With a signature that SIGN made and the message, octet for octet, it tells which account signed it, with \
            which key, or that nobody did. With TOKEN it tells which account the token stands for.
            """)

    let auth: AuthPlugin

    func answer(_ call: Call) throws -> Answer {
        if let token = try call.optional(Self.token) {
            return try verify(token: token.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }, call)
        }
        guard let signature = SignatureText(try call.value(Self.signature)) else { throw Failure.notASignature }
        let known = try call.key(of: signature.name, .signing, version: signature.version)
        guard let raw = known?.row.publicKey else { throw Failure.nobodySigned }
        let key = try VerifyingKey(raw: raw)
        let message = try call.value(Self.message)
        guard key.isValid(signature.bytes.span.bytes, for: message.readableBytesSpan) else {
            throw Failure.nobodySigned
        }
        return Answer(.done("\(signature.name) signed this with key \(signature.version)"))
    }

    private func verify(token: String, _ call: Call) throws -> Answer {
        let claims = try auth.claims(of: token)
        guard let account = try call.account(named: claims.sub), account.stands(behind: claims) else {
            throw Failure.tokenEnded
        }
        return Answer(.done("\(claims.sub) holds this token, good for \(claims.exp - auth.now()) seconds"))
    }
}

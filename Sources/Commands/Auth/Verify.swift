import NIOCore
import Seal
import Secrets
import Signing
import Store
import Wire

/// The VERIFY command, which tells who signed a message, or which account a token belongs to. Anyone may issue it.
struct Verify: AuthCommand, MemoryCommand {
    private static let signature = Parameter("signature", failures: [.notASignature, .tagNotSignature]) {
        bytes throws(Failure) in
        let text = String(buffer: bytes)
        guard !text.hasPrefix("\(KeyedText.Kind.tag.rawValue).") else { throw .tagNotSignature }
        guard let signature = KeyedText(.signature, text) else { throw .notASignature }
        return signature
    }
    private static let message = Parameter.message("message")
    private static let token = Parameter.secretText("token", key: "TOKEN")

    static let spec = CommandSpec(
        "VERIFY", [signature.spec, message.spec], [token.spec], access: .anyone, isRepeatable: true,
        failures: [.nobodySigned, .retiredSigner, .notAToken, .tokenExpired, .tokenEnded],
        isReading: true, yieldsCredential: false,
        summary: "Tell who signed a message, or whose a token is",
        help: """
            With a signature that SIGN made and the message, byte for byte, the answer names the account and the key \
            that signed it. With TOKEN, it names the account of the token.
            """)

    let auth: AuthPlugin

    func answer(_ call: Call) throws -> Answer {
        if let token = try call.optional(Self.token) {
            return try verify(token: token, call)
        }
        let signature = try call.value(Self.signature)
        guard let name = AccountName(canonical: signature.name),
            let known = try call.liveKey(
                of: name, .signing, version: signature.version, orRetired: .retiredSigner),
            let raw = known.row.publicKey
        else { throw Failure.nobodySigned }
        let key = try VerifyingKey(raw: raw)
        let message = try call.value(Self.message)
        guard key.isValid(signature.bytes.span.bytes, for: message.readableBytesSpan) else {
            throw Failure.nobodySigned
        }
        call.countUse(of: known)
        return Answer(.done("\(name) signed this with key \(signature.version)"))
    }

    private func verify(token: String, _ call: Call) throws -> Answer {
        let bearer = try auth.bearer(of: token)
        let claims = bearer.claims
        guard let account = try call.account(named: bearer.account), account.stands(behind: claims) else {
            throw Failure.tokenEnded
        }
        return Answer(
            .done("\(bearer.account) holds this token, which is valid for \(claims.exp - auth.now()) seconds"))
    }
}

extension Failure {
    static let tagNotSignature = Failure(501, "5.5.4", "This is a tag of MAC; its maker checks it by MAC TAG=tag")
}

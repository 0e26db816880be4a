import NIOCore
import Signing
import Wire

/// The JWKS command, which shows the public keys with which any program can verify the site's tokens.
struct PublishKeys: AuthCommand {
    static let spec = CommandSpec(
        "JWKS", access: .anyone, isRepeatable: true, isReading: true, yieldsCredential: false,
        summary: "Show the public keys of tokens",
        help: """
            The answer is a JSON Web Key Set (RFC 7517). A token names the key that signed it. The set also has keys \
            that will soon be used, and keys that were used until recently.
            """)

    let auth: AuthPlugin

    func run(_ call: Call) async throws -> Answer {
        Answer(.result(ByteBuffer(string: JWKS.document(auth.keys.published))))
    }
}

import Foundation
import Secrets
import Testing

@testable import Seal
@testable import Signing

@Suite("Tokens: RFC 7519 with EdDSA, RFC 8037")
struct TokenTests {
    static let key = SigningKey()
    static let signer = TokenSigner(key: key, issuer: "auth.example", audience: "clavero")
    static let verifier = TokenVerifier(keys: [key.publicKey], issuer: "auth.example", audience: "clavero")
    static let header = #"{"alg":"EdDSA","kid":"\#(key.publicKey.id)","typ":"JWT"}"#
    static let payload =
        #"{"iss":"auth.example","aud":"clavero","sub":"alice","iat":1000,"exp":1300,"epoch":7,"jti":"x"}"#

    static func segment(_ bytes: some Sequence<UInt8>) -> String {
        let text = Data(bytes).base64EncodedString().replacing("=", with: "")
        return text.replacing("+", with: "-").replacing("/", with: "_")
    }

    /// Returns a token with these two texts and a valid signature.
    static func token(header: String = header, payload: String = payload, key: SigningKey = key) throws -> String {
        let signed = segment(header.utf8) + "." + segment(payload.utf8)
        return signed + "." + segment(try key.sign(Array(signed.utf8)))
    }

    @Test("An issued token is accepted with its claims")
    func accepted() throws {
        let token = try Self.signer.issue(subject: "alice", epoch: 7, now: 1000, lifetime: 300)
        let claims = try Self.verifier.verify(token, now: 1299)
        #expect(claims.iss == "auth.example" && claims.aud == "clavero" && claims.sub == "alice")
        #expect(claims.iat == 1000 && claims.exp == 1300 && claims.epoch == 7 && claims.jti.utf8.count == 22)
        #expect(token.hasPrefix(Self.segment(Self.header.utf8) + "."))
        let other = try Self.signer.issue(subject: "alice", epoch: 7, now: 1000, lifetime: 300)
        #expect(try Self.verifier.verify(other, now: 1000).jti != claims.jti)
        #expect(try Self.verifier.verify(Self.token(), now: 1000).jti == "x")
    }

    @Test("A token has the bearer's proof, or no part of it")
    func proof() throws {
        for method in [LogInProof.Method.password, .key] {
            let proof = LogInProof(method, at: 990)
            let token = try Self.signer.issue(subject: "alice", epoch: 7, now: 1000, lifetime: 300, proof: proof)
            let claims = try Self.verifier.verify(token, now: 1000)
            #expect(claims.proof == proof && claims.mentionsProof)
            #expect(claims.authTime == 990 && claims.amr == [method == .key ? "pop" : "pwd"])
        }
        let bare = try Self.signer.issue(subject: "alice", epoch: 7, now: 1000, lifetime: 300)
        let claims = try Self.verifier.verify(bare, now: 1000)
        #expect(claims.proof == nil && !claims.mentionsProof)
        // One without the other is not a proof.
        for more in [
            #""auth_time":990"#, #""amr":["pwd"]"#, #""auth_time":990,"amr":[]"#, #""auth_time":990,"amr":["mfa"]"#,
        ] {
            let half = try Self.verifier.verify(
                Self.token(payload: Self.payload.replacing("}", with: ",\(more)}")), now: 1000)
            #expect(half.proof == nil && half.mentionsProof, "\(more)")
        }
    }

    @Test("A token is valid from a minute before its issue until it expires")
    func times() throws {
        let token = try Self.token()
        for now in [940, 1000, 1299] { #expect(throws: Never.self) { try Self.verifier.verify(token, now: now) } }
        #expect(throws: TokenError.expired) { try Self.verifier.verify(token, now: 1300) }
        #expect(throws: TokenError.expired) { try Self.verifier.verify(token, now: .max) }
        #expect(throws: TokenError.notYetValid) { try Self.verifier.verify(token, now: 939) }
        #expect(throws: TokenError.notYetValid) { try Self.verifier.verify(token, now: .min) }
    }

    @Test("Another issuer or audience is foreign, and a key that the verifier lacks is unknown")
    func strangers() throws {
        for (issuer, audience) in [("auth.example", "x"), ("x", "clavero"), ("clavero", "auth.example")] {
            let signer = TokenSigner(key: Self.key, issuer: issuer, audience: audience)
            let token = try signer.issue(subject: "alice", epoch: 1, now: 1000, lifetime: 300)
            #expect(throws: TokenError.foreign) { try Self.verifier.verify(token, now: 1000) }
        }
        let key = SigningKey()
        let signer = TokenSigner(key: key, issuer: "auth.example", audience: "clavero")
        let token = try signer.issue(subject: "alice", epoch: 1, now: 1000, lifetime: 300)
        #expect(throws: TokenError.unknownKey) { try Self.verifier.verify(token, now: 1000) }
        let both = TokenVerifier(
            keys: [Self.key.publicKey, key.publicKey], issuer: "auth.example", audience: "clavero")
        #expect(try both.verify(token, now: 1000).sub == "alice")
        let forged = try Self.token(key: key)
        #expect(throws: TokenError.badSignature) { try Self.verifier.verify(forged, now: 1000) }
    }

    @Test(
        "A header must be exactly the one of all tokens",
        arguments: [
            header.replacing("EdDSA", with: "none"), header.replacing("EdDSA", with: "HS256"),
            header.replacing("EdDSA", with: "eddsa"), header.replacing("JWT", with: "at+jwt"),
            header.replacing("}", with: #","crit":["exp"]}"#), header.replacing("}", with: #","alg":"EdDSA"}"#),
            header.replacing("{", with: #"{"jku":"http://x","#), header.replacing(":", with: ": "),
            #"{"alg":"EdDSA","typ":"JWT"}"#, #"{"alg":"EdDSA","kid":"short","typ":"JWT"}"#,
            #"{"alg":"EdDSA","kid":"","typ":"JWT"}"#, #"{"alg":"EdDSA","kid":"AAAAAAAAAA\"","typ":"JWT"}"#,
            #"{"alg":"EdDSA","kid":"#, #"","typ":"JWT"}"#, "", "{}", "null",
        ])
    func headers(header: String) throws {
        let token = try Self.token(header: header)
        #expect(throws: TokenError.malformed) { try Self.verifier.verify(token, now: 1000) }
    }

    @Test(
        "Claims must be complete and of the right types",
        arguments: [
            "", "{}", "[]", payload.replacing("1300", with: "1300.5"), payload.replacing("1300", with: #""1300""#),
            payload.replacing("1300", with: "999"), payload.replacing("1000", with: "-1"),
            payload.replacing("1000", with: "-9223372036854775808"),
            payload.replacing("1300", with: "9223372036854775808"), payload.replacing(#","epoch":7"#, with: ""),
            payload.replacing(#""clavero""#, with: #"["clavero"]"#), payload + "x", String(payload.dropLast()),
        ])
    func claims(payload: String) throws {
        let token = try Self.token(payload: payload)
        #expect(throws: TokenError.malformed) { try Self.verifier.verify(token, now: 1000) }
    }

    @Test("Any other spelling, any change, and any truncation is refused")
    func damage() throws {
        let token = try Self.token()
        for text in [token + "=", token + ".", "." + token, " " + token, token + "\n", token + ".x", "", ".", ".."] {
            #expect(throws: TokenError.malformed) { try Self.verifier.verify(text, now: 1000) }
        }
        // The last digit of the signature has four bits that must be zero.
        let last = try #require(token.last)
        let next = String(UnicodeScalar(last.asciiValue! + 1))
        #expect(throws: TokenError.malformed) { try Self.verifier.verify(token.dropLast() + next, now: 1000) }
        for place in token.utf8.indices {
            var bytes = Array(token.utf8)
            let offset = token.utf8.distance(from: token.startIndex, to: place)
            bytes[offset] ^= 1
            #expect(throws: TokenError.self) {
                try Self.verifier.verify(String(decoding: bytes, as: UTF8.self), now: 1000)
            }
            #expect(throws: TokenError.self) { try Self.verifier.verify(String(token[..<place]), now: 1000) }
        }
    }

    @Test("A token that is too long is neither issued nor read")
    func tooLong() throws {
        let name = String(repeating: "a", count: 2048)
        #expect(throws: SealError.malformed) {
            try Self.signer.issue(subject: name, epoch: 1, now: 1000, lifetime: 300)
        }
        let token = try Self.token(payload: Self.payload.replacing("alice", with: name))
        #expect(throws: TokenError.malformed) { try Self.verifier.verify(token, now: 1000) }
    }

    @Test("PyJWT accepts a token with the key in PEM, and refuses it for another audience")
    func toPyJWT() throws {
        let now = Int(Date().timeIntervalSince1970)
        let token = try Self.signer.issue(subject: "alice", epoch: 7, now: now, lifetime: 300)
        let script = """
            token, key = sys.argv[1:]
            accept = dict(key=key, algorithms=["EdDSA"], issuer="auth.example")
            claims = jwt.decode(token, audience="clavero", **accept)
            print(claims["sub"], claims["epoch"], claims["exp"] - claims["iat"], jwt.get_unverified_header(token)["kid"])
            try:
                jwt.decode(token, audience="other", **accept)
            except jwt.InvalidAudienceError:
                print("refused")
            """
        #expect(try python(script, token, Self.key.publicKey.pem) == "alice 7 300 \(Self.key.publicKey.id)\nrefused")
    }

    @Test("The verifier accepts a token of PyJWT")
    func fromPyJWT() throws {
        let script = """
            import json
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
            seed, kid, claims = sys.argv[1:]
            key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
            print(jwt.encode(json.loads(claims), key, algorithm="EdDSA", headers={"kid": kid}))
            """
        let seed = hex(Self.key.seed.withUnsafeBytes { Array($0) })
        let token = try python(script, seed, Self.key.publicKey.id, Self.payload)
        #expect(try Self.verifier.verify(token, now: 1000).sub == "alice")
    }
}

import Foundation
import Testing

@testable import Seal
@testable import Signing

@Suite("Tokens, checked by PyJWT with the published keys and by the verifier")
struct PyJWTTests {
    static let keys = [SigningKey(), SigningKey()]
    static let signers = keys.map { TokenSigner(key: $0, issuer: "auth.example", audience: "clavero") }
    static let day = 86_400
    /// PyJWT has no clock but the system's, so all times here are days away from it.
    let now = Int(Date().timeIntervalSince1970)

    private func verifier(_ keys: [SigningKey] = keys) -> TokenVerifier {
        TokenVerifier(keys: keys.map(\.publicKey), issuer: "auth.example", audience: "clavero")
    }

    private func token(by signer: TokenSigner = signers[0], at time: Int? = nil) throws -> String {
        try signer.issue(subject: "alice", epoch: 7, now: time ?? now, lifetime: Self.day)
    }

    /// Returns PyJWT's verdict on each token with the key that it names: the subject, or the name of the exception.
    private func judge(_ tokens: [String], keys: [SigningKey] = keys) throws -> [String] {
        let script = """
            keys = jwt.PyJWKSet.from_json(sys.argv[1])
            for token in sys.argv[2:]:
                try:
                    key = keys[jwt.get_unverified_header(token)["kid"]]
                    assert key.key_type == "OKP" and key.public_key_use == "sig"
                    accept = dict(algorithms=["EdDSA"], issuer="auth.example", audience="clavero", leeway=60)
                    print(jwt.decode(token, key.key, **accept)["sub"])
                except (jwt.PyJWTError, KeyError) as error:
                    print(type(error).__name__)
            """
        let set = JWKS.document(keys.map(\.publicKey))
        let result = try withTemporaryFolder { folder in
            let file = folder.appending(path: "script.py")
            try Data("import jwt, sys\n\(script)\n".utf8).write(to: file)
            return try run("/usr/bin/python3", [file.path(), set] + tokens)
        }
        return result.split(separator: "\n").map(String.init)
    }

    @Test("While keys overlap both are accepted, and afterwards the old one is unknown")
    func overlap() throws {
        let tokens = try Self.signers.map { try token(by: $0) }
        #expect(try judge(tokens) == ["alice", "alice"])
        for token in tokens { #expect(try verifier().verify(token, now: now).sub == "alice") }
        let left = [Self.keys[1]]
        #expect(try judge(tokens, keys: left) == ["KeyError", "alice"])
        #expect(throws: TokenError.unknownKey) { try verifier(left).verify(tokens[0], now: now) }
        #expect(try verifier(left).verify(tokens[1], now: now).sub == "alice")
    }

    @Test("Both refuse tokens that are expired, from the future, or foreign")
    func claims() throws {
        let key = Self.keys[0]
        let foreign = [("x", "clavero"), ("auth.example", "x")].map { TokenSigner(key: key, issuer: $0, audience: $1) }
        let cases = [
            (try token(at: now - 2 * Self.day), TokenError.expired, "ExpiredSignatureError"),
            (try token(at: now + Self.day), .notYetValid, "ImmatureSignatureError"),
            (try token(by: foreign[0]), .foreign, "InvalidIssuerError"),
            (try token(by: foreign[1]), .foreign, "InvalidAudienceError"),
        ]
        for (token, error, _) in cases {
            #expect(throws: error) { try verifier().verify(token, now: now) }
        }
        #expect(try judge(cases.map(\.0)) == cases.map(\.2))
    }

    @Test("Both refuse other algorithms: none, HS256 with the public key as its secret, and RS256")
    func algorithms() throws {
        let script = """
            import base64, hashlib, hmac, json
            from cryptography.hazmat.primitives import hashes
            from cryptography.hazmat.primitives.asymmetric import padding, rsa

            def segment(data):
                return base64.urlsafe_b64encode(data).rstrip(b"=")

            kid, pem, raw, claims = sys.argv[1:]
            rsa_key = rsa.generate_private_key(65537, 2048)
            ways = [
                ("none", lambda signed: b""),
                ("HS256", lambda signed: hmac.new(pem.encode(), signed, hashlib.sha256).digest()),
                ("HS256", lambda signed: hmac.new(bytes.fromhex(raw), signed, hashlib.sha256).digest()),
                ("RS256", lambda signed: rsa_key.sign(signed, padding.PKCS1v15(), hashes.SHA256())),
            ]
            for algorithm, sign in ways:
                header = json.dumps({"alg": algorithm, "kid": kid, "typ": "JWT"}, separators=(",", ":"))
                signed = segment(header.encode()) + b"." + segment(claims.encode())
                print((signed + b"." + segment(sign(signed))).decode())
            """
        let key = Self.keys[0].publicKey
        let claims =
            #"{"iss":"auth.example","aud":"clavero","sub":"alice","iat":\#(now),"exp":\#(now + Self.day),"#
            + #""epoch":7,"jti":"x"}"#
        let tokens = try python(script, key.id, key.pem, hex(key.raw), claims).split(separator: "\n").map(String.init)
        #expect(tokens.count == 4)
        for token in tokens { #expect(throws: TokenError.malformed) { try verifier().verify(token, now: now) } }
        #expect(try judge(tokens) == [String](repeating: "InvalidAlgorithmError", count: 4))
    }

    @Test("Both refuse a signature of another key, a truncated one, and one with a changed bit")
    func signatures() throws {
        let whole = try token()
        let parts = whole.split(separator: ".").map(String.init)
        let other = try token(by: Self.signers[1]).split(separator: ".").map(String.init)
        let swapped = [parts[0], parts[1], other[2]].joined(separator: ".")
        #expect(throws: TokenError.badSignature) { try verifier().verify(swapped, now: now) }
        let short = String(whole.dropLast(4))
        #expect(throws: TokenError.malformed) { try verifier().verify(short, now: now) }
        // The first digits of the signature and of the claims change, and stay digits.
        let flipped = [parts[0], parts[1], Self.changed(parts[2])].joined(separator: ".")
        #expect(throws: TokenError.badSignature) { try verifier().verify(flipped, now: now) }
        let altered = [parts[0], String(parts[1].dropLast(8)) + Self.changed(parts[1].suffix(8)), parts[2]]
        #expect(throws: TokenError.badSignature) { try verifier().verify(altered.joined(separator: "."), now: now) }
        let tokens = [swapped, short, flipped, altered.joined(separator: ".")]
        #expect(try judge(tokens) == [String](repeating: "InvalidSignatureError", count: 4))
    }

    /// Returns `digits` with another first digit.
    private static func changed(_ digits: some StringProtocol) -> String {
        (digits.first == "A" ? "B" : "A") + digits.dropFirst()
    }
}

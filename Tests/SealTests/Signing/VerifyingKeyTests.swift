import Foundation
import Testing

@testable import Seal
@testable import Signing

@Suite("Public keys in PEM and JWK")
struct VerifyingKeyTests {
    static let keys = (0..<3).map { _ in SigningKey().publicKey }

    @Test("One or more blocks of PEM are read as as many keys")
    func blocks() {
        for count in 1...3 {
            let keys = Array(Self.keys[..<count])
            let text = keys.map(\.pem).joined()
            #expect(VerifyingKey.all(pem: text) == keys)
            #expect(VerifyingKey.all(pem: String(text.dropLast())) == keys)
        }
    }

    @Test("Other text is refused")
    func refused() {
        let (first, second) = (Self.keys[0].pem, Self.keys[1].pem)
        let wrong = [
            "", "\n", "\n" + first, first + "\n", first + "\n" + second, first + "x", "x" + first,
            first.dropLast() + second,
            first + second.dropFirst(), first.replacing("\n", with: "\r\n"), first.replacing("PUBLIC", with: "PRIVATE"),
            first + second.replacing("MCow", with: "MCox"),
        ]
        for text in wrong { #expect(VerifyingKey.all(pem: text) == nil) }
        for count in 1..<(first.utf8.count - 1) {
            #expect(VerifyingKey.all(pem: first + String(second.prefix(count))) == nil)
        }
    }

    @Test("The openssl program's keys are read, and its key on another curve is refused")
    func program() throws {
        let pems = try (0..<2).map { _ in
            try withTemporaryFolder { folder in
                let file = folder.appending(path: "key.pem").path()
                _ = try run("openssl", ["genpkey", "-algorithm", "ed25519", "-out", file])
                return try run("openssl", ["pkey", "-in", file, "-pubout"]) + "\n"
            }
        }
        #expect(VerifyingKey.all(pem: pems.joined())?.map(\.pem) == pems)
        let foreign = try withTemporaryFolder { folder in
            let file = folder.appending(path: "key.pem").path()
            _ = try run("openssl", ["genpkey", "-algorithm", "x25519", "-out", file])
            return try run("openssl", ["pkey", "-in", file, "-pubout"]) + "\n"
        }
        #expect(VerifyingKey.all(pem: pems[0] + foreign) == nil)
    }

    @Test("The key of RFC 8037 appendix A.2 has the JWK given there")
    func example() throws {
        let raw = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        let key = try VerifyingKey(raw: raw)
        let member =
            #"{"alg":"EdDSA","crv":"Ed25519","kid":"\#(key.id)","kty":"OKP","use":"sig","#
            + #""x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
        #expect(JWKS.document([key]) == #"{"keys":[\#(member)]}"#)
        #expect(JWKS.document([key, key]) == #"{"keys":[\#(member),\#(member)]}"#)
        #expect(JWKS.document([]) == #"{"keys":[]}"#)
    }
}

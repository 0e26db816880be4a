import Foundation
import Secrets
import Testing

@testable import Seal
@testable import Signing

@Suite("Ed25519, RFC 8032")
struct Ed25519Tests {
    @Test(
        "The first vectors of section 7.1 give their keys and signatures",
        arguments: [
            [
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                    + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            ],
            [
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                    + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            ],
            [
                "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                    + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
            ],
        ])
    func vector(parts: [String]) throws {
        let key = try SigningKey(seed: SecretBytes(hex(parts[0])))
        let message = hex(parts[2])
        #expect(hex(key.publicKey.raw) == parts[1])
        #expect(hex(try key.sign(message)) == parts[3])
        #expect(key.publicKey.isValid(hex(parts[3]), for: message))
    }

    @Test("A changed signature, message, or key is refused, and so is another length")
    func damage() throws {
        let key = SigningKey()
        let message: [UInt8] = [1, 2, 3]
        let signature = try key.sign(message)
        #expect(key.publicKey.isValid(signature, for: message))
        for place in signature.indices {
            #expect(!key.publicKey.isValid(signature.flipped(at: place), for: message))
            #expect(!key.publicKey.isValid(Array(signature[..<place]), for: message))
        }
        #expect(!key.publicKey.isValid((signature + [0]), for: message))
        #expect(!key.publicKey.isValid(signature, for: [1, 2]))
        #expect(!SigningKey().publicKey.isValid(signature, for: message))
    }

    @Test("Keys are made from their seeds, which have 32 bytes")
    func keys() throws {
        let key = SigningKey()
        #expect(try SigningKey(seed: key.seed).publicKey == key.publicKey)
        #expect(SigningKey().publicKey != key.publicKey)
        for count in [0, 31, 33, 64] {
            #expect(throws: SealError.malformed) { try SigningKey(seed: .random(count: count)) }
            #expect(throws: SealError.malformed) { try VerifyingKey(raw: Random.bytes(count)) }
        }
    }

    @Test("The openssl program verifies a signature with the key in PEM, and refuses a changed message")
    func program() throws {
        let key = SigningKey()
        let message = Array("attack at dawn".utf8)
        try withTemporaryFolder { folder in
            let files = ["key.pem", "message", "signature"].map { folder.appending(path: $0) }
            try Data(key.publicKey.pem.utf8).write(to: files[0])
            try Data(message).write(to: files[1])
            try Data(try key.sign(message)).write(to: files[2])
            let verify = ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", files[0].path(), "-in", files[1].path()]
            let arguments = verify + ["-sigfile", files[2].path()]
            #expect(try run("openssl", arguments) == "Signature Verified Successfully")
            try Data(message.flipped(at: 0)).write(to: files[1])
            #expect(throws: ProgramFailure.self) { try run("openssl", arguments) }
        }
    }
}

import COpenSSL
import Foundation
import Secrets
import Testing

@testable import Seal
@testable import Signing

@Suite("Ed25519 where verifiers differ")
struct Ed25519EdgeTests {
    struct Case: Sendable {
        let key: [UInt8]
        let message: [UInt8]
        let signature: [UInt8]
        let isValid: Bool
    }

    static let cases: [Case] = {
        let url = Bundle.module.url(forResource: "vectors/ed25519-edges", withExtension: "txt")!
        let lines = try! String(contentsOf: url, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
        return lines.map { line in
            let words = line.split(separator: " ").map(String.init)
            return Case(
                key: hex(words[0]), message: hex(words[1]), signature: hex(words[2]), isValid: words[3] == "valid")
        }
    }()

    @Test("The published cases get the verdicts of OpenSSL")
    func published() throws {
        #expect(Self.cases.count == 12)
        for (place, edge) in Self.cases.enumerated() {
            let key = try VerifyingKey(raw: edge.key)
            #expect(key.isValid(edge.signature, for: edge.message) == edge.isValid, "case \(place)")
            #expect(openSSLAccepts(edge.signature, edge.message, edge.key) == edge.isValid, "case \(place)")
        }
    }

    @Test("A signature with the order of the group added to S is refused, although the equation holds")
    func malleability() throws {
        let order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
        let key = SigningKey()
        let signature = try key.sign([1, 2, 3])
        var carry = 0
        let changed = (0..<32).map { place in
            let sum = Int(signature[32 + place]) + Int(order[place]) + carry
            carry = sum >> 8
            return UInt8(truncatingIfNeeded: sum)
        }
        #expect(key.publicKey.isValid(signature, for: [1, 2, 3]))
        #expect(!key.publicKey.isValid(signature[..<32] + changed, for: [1, 2, 3]))
    }

    @Test("OpenSSL makes the same keys and signatures from the same seeds, and the same verdicts on flipped bits")
    func agreement() throws {
        for round in 0..<8 {
            let key = SigningKey()
            let message = Random.bytes(round * 37)
            let signature = try key.sign(message)
            let (publicKey, expected) = try openSSLSignature(message, seed: key.seed)
            #expect(key.rawPublicKey == publicKey)
            #expect(signature == expected)
            for bit in stride(from: round, to: 512, by: 8) {
                var flipped = signature
                flipped[bit / 8] ^= 1 << (bit % 8)
                #expect(!key.publicKey.isValid(flipped, for: message))
                #expect(!openSSLAccepts(flipped, message, publicKey))
            }
        }
    }
}

private func openSSLAccepts(_ signature: [UInt8], _ message: [UInt8], _ key: [UInt8]) -> Bool {
    let key = EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, key, key.count)
    let context = EVP_MD_CTX_new()
    defer {
        EVP_MD_CTX_free(context)
        EVP_PKEY_free(key)
        ERR_clear_error()
    }
    return EVP_DigestVerifyInit_ex(context, nil, nil, nil, nil, key, nil) == 1
        && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
}

private func openSSLSignature(_ message: [UInt8], seed: SecretBytes) throws -> (key: [UInt8], signature: [UInt8]) {
    let seed = seed.withUnsafeBytes { Array($0) }
    let pair = try #require(EVP_PKEY_new_raw_private_key_ex(nil, "ED25519", nil, seed, seed.count))
    let context = EVP_MD_CTX_new()
    defer {
        EVP_MD_CTX_free(context)
        EVP_PKEY_free(pair)
    }
    var (key, signature) = ([UInt8](repeating: 0, count: 32), [UInt8](repeating: 0, count: 64))
    var (keyCount, signatureCount) = (key.count, signature.count)
    try #require(EVP_PKEY_get_raw_public_key(pair, &key, &keyCount) == 1)
    try #require(EVP_DigestSignInit_ex(context, nil, nil, nil, nil, pair, nil) == 1)
    try #require(EVP_DigestSign(context, &signature, &signatureCount, message, message.count) == 1)
    return (key, signature)
}

import Foundation
import Secrets
import Testing

@testable import Seal

@Suite("XAES-256-GCM, C2SP")
struct XAES256GCMTests {
    /// The blocks of the vector file, each as a dictionary of its lines.
    static let vectors: [[String: String]] = {
        let url = Bundle.module.url(forResource: "vectors/xaes-256-gcm", withExtension: "txt")!
        let blocks = try! String(contentsOf: url, encoding: .utf8).components(separatedBy: "\n\n")
        return blocks.map { block in
            let lines = block.split(separator: "\n").filter { !$0.hasPrefix("#") }
            let pairs = lines.map { $0.split(separator: ": ", maxSplits: 1).map(String.init) }
            return Dictionary(uniqueKeysWithValues: pairs.map { ($0[0], $0[1]) })
        }
    }()

    /// Reads a value of the file: ASCII in quotation marks, or else hexadecimal.
    static func bytes(_ value: String?) throws -> [UInt8] {
        let value = try #require(value)
        return value.hasPrefix("\"") ? Array(value.utf8.dropFirst().dropLast()) : hex(value)
    }

    @Test("The published vectors are sealed and opened")
    func published() throws {
        let vectors = Self.vectors.filter { $0["K"] != nil }
        #expect(vectors.count == 2)
        for vector in vectors {
            let key = SecretBytes(try Self.bytes(vector["K"]))
            let nonce = try Self.bytes(vector["N"])
            let plaintext = try Self.bytes(vector["Plaintext"])
            let associated = try Self.bytes(vector["AAD"])
            let sealed = try XAES256GCM.seal(plaintext, key: key, nonce: nonce, authenticating: associated)
            #expect(hex(sealed) == vector["Ciphertext"])
            let whole = nonce + sealed
            #expect(try XAES256GCM.open(whole, key: key, authenticating: associated) == plaintext)
        }
    }

    @Test("The 10,000 accumulated random vectors give the published digest")
    func accumulated() throws {
        try accumulate(10_000)
    }

    @Test(
        "The 1,000,000 accumulated random vectors give the published digest",
        .enabled(if: ProcessInfo.processInfo.environment["CLAVERO_SLOW_TESTS"] != nil))
    func millionVectors() throws {
        try accumulate(1_000_000)
    }

    private func accumulate(_ iterations: Int) throws {
        let expected = try #require(Self.vectors.compactMap { $0["\(iterations) iterations"] }.first)
        var source = SHAKE128()
        source.finish()
        var start = source
        #expect(hex(start.squeeze(16)) == "7f9c2ba4e88f827d616045507605853e")
        var sink = SHAKE128()
        for _ in 0..<iterations {
            let key = SecretBytes(source.squeeze(32))
            let nonce = source.squeeze(24)
            let plaintext = source.squeeze(Int(source.squeeze(1)[0]))
            let associated = source.squeeze(Int(source.squeeze(1)[0]))
            let sealed = try XAES256GCM.seal(plaintext, key: key, nonce: nonce, authenticating: associated)
            try #require(
                XAES256GCM.open((nonce + sealed), key: key, authenticating: associated) == plaintext)
            sink.absorb(sealed)
        }
        sink.finish()
        #expect(hex(sink.squeeze(32)) == expected)
    }

    @Test("Any changed or missing byte, another key, or other associated data is reported as damage")
    func damage() throws {
        let key = SecretBytes.random(count: 32)
        let label = Array("label".utf8)
        let sealed = try XAES256GCM.seal([1, 2, 3], key: key, authenticating: label)
        #expect(sealed.count == 3 + XAES256GCM.overhead)
        for place in sealed.indices {
            let flipped = sealed.flipped(at: place)
            #expect(throws: SealError.damaged) {
                try XAES256GCM.open(flipped, key: key, authenticating: label)
            }
            let error = place < XAES256GCM.overhead ? SealError.malformed : .damaged
            #expect(throws: error) {
                try XAES256GCM.open(Array(sealed[..<place]), key: key, authenticating: label)
            }
        }
        #expect(throws: SealError.damaged) {
            try XAES256GCM.open(sealed, key: .random(count: 32), authenticating: label)
        }
        #expect(throws: SealError.damaged) {
            try XAES256GCM.open(sealed, key: key, authenticating: [])
        }
    }

    @Test("Nonces are drawn each time, and a key has 32 bytes")
    func nonces() throws {
        let key = SecretBytes.random(count: 32)
        let none: [UInt8] = []
        let nonces = try (0..<1000).map { _ in
            try XAES256GCM.seal(none, key: key, authenticating: none).prefix(24)
        }
        #expect(Set(nonces).count == 1000)
        for count in [0, 16, 31, 33] {
            #expect(throws: SealError.malformed) {
                try XAES256GCM.seal(none, key: .random(count: count), authenticating: none)
            }
        }
    }

    @Test("A message of a megabyte is opened, on several threads at once")
    func large() async throws {
        let key = SecretBytes.random(count: 32)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let plaintext = Random.bytes(1 << 20)
                    let sealed = try XAES256GCM.seal(plaintext, key: key, authenticating: [7])
                    let opened = try XAES256GCM.open(sealed, key: key, authenticating: [7])
                    #expect(opened == plaintext)
                }
            }
            try await group.waitForAll()
        }
    }
}

import Secrets
import Testing

@testable import Seal

@Suite("Envelopes")
struct EnvelopeTests {
    static let keys = [SecretBytes.random(count: 32), SecretBytes.random(count: 32)]
    static let alice = Envelope.Recipient(name: "alice", version: 1, key: try! EnvelopeKey(keys[0]))
    static let bob = Envelope.Recipient(name: "bob", version: 0xFFFF_FFFF, key: try! EnvelopeKey(keys[1]))
    static let message = Array("attack at dawn".utf8)

    static func sealed(
        _ message: [UInt8] = message, to recipients: [Envelope.Recipient] = [alice, bob]
    ) throws -> [UInt8] {
        try Envelope.seal(message, from: "carol", to: recipients)
    }

    static func opened(_ bytes: [UInt8], as recipient: Envelope.Recipient = alice) throws(SealError) -> [UInt8] {
        try Envelope(parsing: bytes).open(as: recipient.name, version: recipient.version, key: recipient.key)
    }

    @Test("Every recipient can open an envelope, and its header names them")
    func roundTrip() throws {
        for message in [[], Self.message, Random.bytes(100_000)] {
            let bytes = try Self.sealed(message)
            #expect(bytes.count == message.count + Envelope.overhead(sender: "carol", recipients: ["alice", "bob"]))
            #expect(try Self.opened(bytes, as: Self.alice) == message)
            #expect(try Self.opened(bytes, as: Self.bob) == message)
            let envelope = try Envelope(parsing: bytes.span.bytes)
            #expect(envelope.sender == "carol")
            #expect(envelope.recipients.map(\.name) == ["alice", "bob"])
            #expect(envelope.recipients.map(\.version) == [1, 0xFFFF_FFFF])
        }
    }

    @Test("Nobody else can open it, nor with another version or key")
    func strangers() throws {
        let envelope = try Envelope(parsing: Self.sealed())
        for (name, version) in [("carol", 1), ("alice", 2), ("bob", 1), ("", 1), ("Alice", 1)] as [(String, UInt32)] {
            #expect(throws: SealError.notARecipient) {
                try envelope.open(as: name, version: version, key: Self.alice.key)
            }
        }
        #expect(throws: SealError.damaged) { try envelope.open(as: "alice", version: 1, key: Self.bob.key) }
    }

    @Test("An envelope opens with its own header, and not with one that has other names")
    func header() throws {
        let bytes = try Self.sealed()
        let header = try EnvelopeHeader(parsing: bytes.span.bytes)
        // The bytes after the caller's memory stay as they are, even if nothing is opened.
        var memory = Self.message + [UInt8](repeating: 0xA5, count: 16)
        func opened(_ bytes: [UInt8]) throws -> [UInt8] {
            defer { #expect(memory[header.messageCount...].allSatisfy { $0 == 0xA5 }) }
            let sealed = bytes.span.bytes
            try memory.withUnsafeMutableBytes { memory in
                let output = UnsafeMutableRawBufferPointer(rebasing: memory[..<header.messageCount])
                output.initializeMemory(as: UInt8.self, repeating: 0)
                try header.open(sealed, as: "alice", version: 1, key: Self.alice.key, into: output)
            }
            return Array(memory[..<header.messageCount])
        }
        #expect(try opened(bytes) == Self.message)
        let others = [
            [], Array(bytes.dropLast()), bytes + Self.message, try Self.sealed(to: [Self.bob, Self.alice]),
            try Envelope.seal(Self.message, from: "caren", to: [Self.alice, Self.bob]),
        ]
        for other in others { #expect(throws: SealError.damaged) { try opened(other) } }
    }

    @Test("One key serves several threads at once")
    func threads() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                group.addTask {
                    for round in 0..<500 {
                        let message = Array("\(number) \(round)".utf8)
                        let opened = try Self.opened(try Self.sealed(message))
                        #expect(opened == message)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("Every changed bit, every truncation, and every addition is an error")
    func damage() throws {
        let bytes = try Self.sealed()
        for place in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[place] ^= 1 << bit
                #expect(throws: SealError.self) { try Self.opened(changed) }
            }
            #expect(throws: SealError.self) { try Self.opened(Array(bytes[..<place])) }
        }
        #expect(throws: SealError.damaged) { try Self.opened(bytes + [0]) }
        #expect(throws: SealError.damaged) { try Self.opened(bytes.flipped(at: bytes.count - 1)) }
        #expect(throws: SealError.malformed) { try Self.opened([]) }
    }

    @Test("A header, a wrapped key, or a recipient cannot be moved to another envelope or place")
    func splicing() throws {
        let first = try Self.sealed()
        let second = try Self.sealed()
        let header = first.count - Self.message.count - XAES256GCM.overhead
        #expect(throws: SealError.damaged) { try Self.opened(Array(first[..<header] + second[header...])) }
        let alone = try Self.sealed(to: [Self.alice])
        let moved = alone.dropLast(Self.message.count + XAES256GCM.overhead) + first[header...]
        #expect(throws: SealError.damaged) { try Self.opened(Array(moved)) }
    }

    @Test("Ambiguous names, and too few or too many recipients, are refused")
    func limits() throws {
        for name in ["", "a\0b", String(repeating: "a", count: 256)] {
            let recipient = Envelope.Recipient(name: name, version: 1, key: Self.alice.key)
            #expect(throws: SealError.malformed) { try Self.sealed(to: [recipient]) }
            #expect(throws: SealError.malformed) {
                try Envelope.seal(Self.message, from: name, to: [Self.alice])
            }
        }
        for count in [0, 31, 33] { #expect(throws: SealError.malformed) { try EnvelopeKey(.random(count: count)) } }
        #expect(throws: SealError.malformed) { try Self.sealed(to: []) }
        let many = (0..<1024).map { Envelope.Recipient(name: "user\($0)", version: 3, key: Self.alice.key) }
        #expect(try Self.opened(Self.sealed(to: many), as: many[1023]) == Self.message)
        #expect(throws: SealError.malformed) { try Self.sealed(to: many + [Self.bob]) }
    }

    @Test("Inconsistent headers are malformed")
    func lies() throws {
        let entry = [1, UInt8(ascii: "a"), 0, 0, 0, 1] + [UInt8](repeating: 0, count: 72)
        let payload = [UInt8](repeating: 0, count: 40)
        func header(_ sender: [UInt8], _ count: [UInt8]) -> [UInt8] { Array("clv1\0".utf8) + sender + count }
        let carol = [1, UInt8(ascii: "c")]
        #expect(throws: Never.self) { try Envelope(parsing: header(carol, [0, 1]) + entry + payload) }
        let wrong: [[UInt8]] = [
            header(carol, [0, 0]) + entry + payload, header(carol, [0, 2]) + entry + payload,
            header(carol, [4, 1]) + entry + payload, header(carol, [0xFF, 0xFF]) + entry + payload,
            header([0], [0, 1]) + entry + payload, header([1, 0], [0, 1]) + entry + payload,
            header([1, 0xFF], [0, 1]) + entry + payload, header([255], []), header(carol, [0, 1]) + entry,
            Array("clv2\0".utf8) + carol + [0, 1] + entry + payload,
        ]
        for bytes in wrong { #expect(throws: SealError.malformed) { try Envelope(parsing: bytes) } }
        // A reader refuses all flags that it does not know.
        for flags in (0...255) as ClosedRange<UInt8> {
            let bytes = Array("clv1".utf8) + [flags] + carol + [0, 1] + entry + payload
            let begins = EnvelopeHeader.begins(bytes.span.bytes)
            #expect(begins == (flags < 2))
            #expect((try? Envelope(parsing: bytes).header.hasContext) == (flags < 2 ? flags == 1 : nil))
        }
    }

    @Test("A reader that was written in Python from the description alone opens an envelope")
    func independent() throws {
        let script = """
            from cryptography.hazmat.primitives import hashes
            from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM
            from cryptography.hazmat.primitives.kdf.hkdf import HKDF

            def unseal(key, sealed, associated):
                aes = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
                k1 = int.from_bytes(aes.update(bytes(16)), "big") << 1
                k1 = k1 ^ (1 << 128 | 0x87) if k1 >> 128 else k1
                blocks = (bytes([0, i, 0x58, 0]) + sealed[:12] for i in (1, 2))
                kx = b"".join(aes.update((int.from_bytes(m, "big") ^ k1).to_bytes(16, "big")) for m in blocks)
                return AESGCM(kx).decrypt(sealed[12:24], sealed[24:], associated)

            def take(count):
                global place
                place += count
                return data[place - count:place]

            data, name, key = bytes.fromhex(sys.argv[1]), sys.argv[2].encode(), bytes.fromhex(sys.argv[3])
            place = 0
            assert take(5) == b"clv1\\0"
            sender = take(take(1)[0])
            for _ in range(int.from_bytes(take(2), "big")):
                recipient, version, sealed = take(take(1)[0]), take(4), take(72)
                if recipient == name:
                    wrap = HKDF(hashes.SHA256(), 32, None, b"clavero/1 wrap").derive(key)
                    bound = b"\\0".join([b"clavero/1 wrap", sender, recipient, version])
                    message_key = unseal(wrap, sealed, bound)
            print(unseal(message_key, data[place:], b"clavero/1 message\\0" + data[:place]).decode())
            """
        for (recipient, key) in zip([Self.alice, Self.bob], Self.keys) {
            let key = hex(key.withUnsafeBytes { Array($0) })
            #expect(try python(script, hex(Self.sealed()), recipient.name, key) == "attack at dawn")
        }
    }
}

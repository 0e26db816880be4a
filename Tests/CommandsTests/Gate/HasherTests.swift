import Commands
import Seal
import Secrets
import Telemetry
import TestKit
import Testing
import Wire

@Suite("The hasher")
struct HasherTests {
    private static let caller = Caller.at("192.0.2.1:1")

    private static func secret(_ text: String) -> SecretBytes { SecretBytes(Array(text.utf8)) }

    @Test("A full hasher refuses all work at once, and accepts work when it has room again")
    func bound() async throws {
        let metrics = PrometheusRegistry([.hasherRefusals])
        let hasher = Hasher(cost: Site.cheap, threads: 2, waiting: 2, metrics: metrics)
        let phc = try await hasher.hash(Self.secret("correct horse"), for: Self.caller)
        let held = [
            await HeldPlace(hasher, phc, from: "192.0.2.2:1"), await HeldPlace(hasher, phc, from: "192.0.2.3:1"),
        ]
        for stored in [phc, nil] {
            for password in ["correct horse", "wrong horse", "correct horse\0", ""] {
                await #expect(throws: Failure.hasherFull) {
                    try await hasher.verify(Self.secret(password), against: stored, for: Self.caller)
                }
            }
        }
        await #expect(throws: Failure.hasherFull) {
            try await hasher.hash(Self.secret("correct horse"), for: Self.caller)
        }
        #expect(hasher.waitingCount == 2)
        #expect(await metrics.exposition().contains("\nclaverod_hasher_refusals_total{bound=\"all\"} 9\n"))
        for held in held { #expect(try await held.letGo()) }
        #expect(hasher.waitingCount == 0)
        #expect(try await hasher.verify(Self.secret("correct horse"), against: phc, for: Self.caller))
        #expect(try await !hasher.verify(Self.secret("correct horse"), against: nil, for: Self.caller))
    }

    /// The test above shows that known and unknown names both take a place, so both passwords are hashed.
    @Test("The password of an unknown name is checked against a valid hash with the cost of a new one")
    func decoy() async throws {
        let hasher = Hasher(cost: try #require(PasswordCost("3,2,2")), threads: 1, waiting: 1)
        let decoy = try #require(Mirror(reflecting: hasher).descendant("decoy") as? String)
        let new = try await hasher.hash(Self.secret("correct horse"), for: Self.caller)
        #expect(PasswordHash.cost(of: decoy) == hasher.cost)
        #expect(PasswordHash.cost(of: new) == hasher.cost)
        #expect(decoy.count == new.count)
        #expect(try await !hasher.verify(Self.secret("correct horse"), against: nil, for: Self.caller))
        let other = Hasher(cost: hasher.cost, threads: 1, waiting: 1)
        #expect(Mirror(reflecting: other).descendant("decoy") as? String != decoy)
    }

    @Test("One host may take a quarter of the places, and other hosts may take the rest")
    func share() async throws {
        let metrics = PrometheusRegistry([.hasherRefusals])
        let hasher = Hasher(cost: Site.cheap, threads: 2, waiting: 8, metrics: metrics)
        let phc = try await hasher.hash(Self.secret("correct horse"), for: Self.caller)
        let held = [await HeldPlace(hasher, phc), await HeldPlace(hasher, phc)]
        for peer in ["192.0.2.1:7", "[::ffff:192.0.2.1]:1"] {
            await #expect(throws: Failure.hasherShareTaken) {
                try await hasher.verify(Self.secret("correct horse"), against: phc, for: .at(peer))
            }
            await #expect(throws: Failure.hasherShareTaken) {
                try await hasher.hash(Self.secret("correct horse"), for: .at(peer))
            }
        }
        #expect(try await hasher.verify(Self.secret("correct horse"), against: phc, for: .at("192.0.2.2:1")))
        #expect(await metrics.exposition().contains("\nclaverod_hasher_refusals_total{bound=\"network\"} 4\n"))
        for held in held { #expect(try await held.letGo()) }
        #expect(try await hasher.verify(Self.secret("correct horse"), against: phc, for: Self.caller))
    }

    @Test("The composed and the decomposed form are the same password, and all kinds of spaces are equal")
    func forms() async throws {
        let hasher = Hasher(cost: Site.cheap, threads: 1, waiting: 1)
        let forms = ["contrase\u{F1}a nueva", "contrasen\u{303}a nueva", "contrase\u{F1}a\u{A0}nueva"]
        for password in forms {
            let phc = try await hasher.hash(Self.secret(password), for: Self.caller)
            for other in forms { #expect(try await hasher.verify(Self.secret(other), against: phc, for: Self.caller)) }
            for wrong in ["contrasena nueva", "contrase\u{F1}anueva", "Contrase\u{F1}a nueva", ""] {
                #expect(try await !hasher.verify(Self.secret(wrong), against: phc, for: Self.caller))
            }
            #expect(try await !hasher.verify(Self.secret(password), against: nil, for: Self.caller))
        }
    }

    @Test("A hash of the bytes as they were typed still accepts these bytes")
    func oldHashes() async throws {
        let hasher = Hasher(cost: Site.cheap, threads: 1, waiting: 1)
        for bytes in [
            Array("contrasen\u{303}a".utf8), Array("nbsp\u{A0}nbsp".utf8), Array("with\ttab".utf8),
            Array("latin-1 ".utf8) + [0xF1], [UInt8](repeating: 0x61, count: 5000),
        ] {
            let old = try PasswordHash.hash(SecretBytes(bytes), cost: Site.cheap)
            #expect(try await hasher.verify(SecretBytes(bytes), against: old, for: Self.caller))
            #expect(try await !hasher.verify(SecretBytes(bytes + [0x61]), against: old, for: Self.caller))
        }
        let composed = try PasswordHash.hash(Self.secret("contrase\u{F1}a"), cost: Site.cheap)
        #expect(try await hasher.verify(Self.secret("contrasen\u{303}a"), against: composed, for: Self.caller))
    }

    @Test("A new password that is too short is refused without taking a place, even if no place is free")
    func tooShort() async throws {
        let metrics = PrometheusRegistry([.hasherRefusals])
        let hasher = Hasher(cost: Site.cheap, threads: 1, waiting: 1, metrics: metrics)
        let phc = try await hasher.hash(Self.secret("correct horse"), for: Self.caller)
        let held = await HeldPlace(hasher, phc, from: "192.0.2.2:1")
        for password in ["", "1234567", "n\u{303}andu\u{301}", "line\nline", "n\u{303}"] {
            await #expect(throws: Failure.weakPassword) {
                try await hasher.hash(Self.secret(password), for: Self.caller)
            }
        }
        #expect(!(await metrics.exposition()).contains("{bound=\"all\"} 1"))
        await #expect(throws: Failure.hasherFull) {
            try await hasher.hash(Self.secret("12345678"), for: Self.caller)
        }
        #expect(try await held.letGo())
    }

    @Test("A new password has 8 to 1024 bytes in its prepared form, and no control characters")
    func new() async throws {
        let hasher = Hasher(cost: Site.cheap, threads: 1, waiting: 1)
        for password in ["12345678", "ñandú-", String(repeating: "x", count: 1024), "        "] {
            #expect(try await hasher.hash(Self.secret(password), for: Self.caller).hasPrefix("$scrypt$ln=2,r=1,p=1$"))
        }
        let long = String(repeating: "x", count: 1025)
        for password in [
            "", "1234567", "ñandú", long, "correct\0horse", "correct horse\0", "\0correct horse",
            "with\ttab", "line\nline", "n\u{303}andu\u{301}",
        ] {
            await #expect(throws: Failure.weakPassword) {
                try await hasher.hash(Self.secret(password), for: Self.caller)
            }
        }
        let latin1 = SecretBytes(Array("latin-1 ".utf8) + [0xF1])
        await #expect(throws: Failure.weakPassword) { try await hasher.hash(latin1, for: Self.caller) }
        let decomposed = String(repeating: "n\u{303}", count: 512)
        #expect(try await hasher.hash(Self.secret(decomposed), for: Self.caller).hasPrefix("$scrypt$"))
    }

    /// HMAC pads a key with zeros (RFC 2104, section 2), so scrypt treats these passwords as equal.
    @Test("A password followed by a NUL is not the same password")
    func nul() async throws {
        let hasher = Hasher(cost: Site.cheap, threads: 1, waiting: 1)
        let phc = try await hasher.hash(Self.secret("correct horse"), for: Self.caller)
        #expect(try PasswordHash.verify(Self.secret("correct horse\0"), against: phc))
        #expect(try await !hasher.verify(Self.secret("correct horse\0"), against: phc, for: Self.caller))
        #expect(try await hasher.verify(Self.secret("correct horse"), against: phc, for: Self.caller))
    }
}

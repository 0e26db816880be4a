import Commands
import Seal
import Telemetry
import TestKit
import Testing
import Wire

@Suite("The hasher")
struct HasherTests {
    private static func secret(_ text: String) -> SecretBytes { SecretBytes(Array(text.utf8)) }

    @Test("Over its bound it refuses at once, whatever is asked of it, and takes more when there is room again")
    func bound() async throws {
        let metrics = PrometheusRegistry([.hasherRefusals])
        let hasher = Hasher(cost: Site.cheap, threads: 2, waiting: 2, metrics: metrics)
        let phc = try await hasher.hash(Self.secret("correct horse"))
        let held = [await HeldPlace(hasher, phc), await HeldPlace(hasher, phc)]
        for stored in [phc, nil] {
            for password in ["correct horse", "wrong horse", "correct horse\0", ""] {
                await #expect(throws: Failure.hasherFull) {
                    try await hasher.verify(Self.secret(password), against: stored)
                }
            }
        }
        await #expect(throws: Failure.hasherFull) { try await hasher.hash(Self.secret("correct horse")) }
        #expect(hasher.waitingCount == 2)
        #expect(await metrics.exposition().hasSuffix("\nclaverod_hasher_refusals_total 9\n"))
        for held in held { #expect(try await held.letGo()) }
        #expect(hasher.waitingCount == 0)
        #expect(try await hasher.verify(Self.secret("correct horse"), against: phc))
        #expect(try await !hasher.verify(Self.secret("correct horse"), against: nil))
    }

    /// That both take a place is in the test above: so both are hashed.
    @Test("An unknown name's password is checked against a good string of the cost of a new one")
    func decoy() async throws {
        let hasher = Hasher(cost: try #require(PasswordCost("3,2,2")), threads: 1, waiting: 1)
        let decoy = try #require(Mirror(reflecting: hasher).descendant("decoy") as? String)
        let new = try await hasher.hash(Self.secret("correct horse"))
        #expect(PasswordHash.cost(of: decoy) == hasher.cost)
        #expect(PasswordHash.cost(of: new) == hasher.cost)
        #expect(decoy.count == new.count)
        #expect(try await !hasher.verify(Self.secret("correct horse"), against: nil))
        let other = Hasher(cost: hasher.cost, threads: 1, waiting: 1)
        #expect(Mirror(reflecting: other).descendant("decoy") as? String != decoy)
    }

    @Test("Composed and decomposed are one password, and any space is one")
    func forms() async throws {
        let hasher = Hasher(cost: Site.cheap, threads: 1, waiting: 1)
        let forms = ["contrase\u{F1}a nueva", "contrasen\u{303}a nueva", "contrase\u{F1}a\u{A0}nueva"]
        for password in forms {
            let phc = try await hasher.hash(Self.secret(password))
            for other in forms { #expect(try await hasher.verify(Self.secret(other), against: phc)) }
            for wrong in ["contrasena nueva", "contrase\u{F1}anueva", "Contrase\u{F1}a nueva", ""] {
                #expect(try await !hasher.verify(Self.secret(wrong), against: phc))
            }
            #expect(try await !hasher.verify(Self.secret(password), against: nil))
        }
    }

    @Test("A hash of the octets as they were typed is good for these still")
    func oldHashes() async throws {
        let hasher = Hasher(cost: Site.cheap, threads: 1, waiting: 1)
        for octets in [
            Array("contrasen\u{303}a".utf8), Array("nbsp\u{A0}nbsp".utf8), Array("with\ttab".utf8),
            Array("latin-1 ".utf8) + [0xF1], [UInt8](repeating: 0x61, count: 5000),
        ] {
            let old = try PasswordHash.hash(SecretBytes(octets), cost: Site.cheap)
            #expect(try await hasher.verify(SecretBytes(octets), against: old))
            #expect(try await !hasher.verify(SecretBytes(octets + [0x61]), against: old))
        }
        let composed = try PasswordHash.hash(Self.secret("contrase\u{F1}a"), cost: Site.cheap)
        #expect(try await hasher.verify(Self.secret("contrasen\u{303}a"), against: composed))
    }

    @Test("A new password has 8 to 1024 octets in the form that is compared, without controls")
    func new() async throws {
        let hasher = Hasher(cost: Site.cheap, threads: 1, waiting: 1)
        for password in ["12345678", "ñandú-", String(repeating: "x", count: 1024), "        "] {
            #expect(try await hasher.hash(Self.secret(password)).hasPrefix("$scrypt$ln=2,r=1,p=1$"))
        }
        let long = String(repeating: "x", count: 1025)
        for password in [
            "", "1234567", "ñandú", long, "correct\0horse", "correct horse\0", "\0correct horse",
            "with\ttab", "line\nline", "n\u{303}andu\u{301}",
        ] {
            await #expect(throws: Failure.weakPassword) { try await hasher.hash(Self.secret(password)) }
        }
        let latin1 = SecretBytes(Array("latin-1 ".utf8) + [0xF1])
        await #expect(throws: Failure.weakPassword) { try await hasher.hash(latin1) }
        let decomposed = String(repeating: "n\u{303}", count: 512)
        #expect(try await hasher.hash(Self.secret(decomposed)).hasPrefix("$scrypt$"))
    }

    /// HMAC fills a key up with zeros (RFC 2104, section 2), so scrypt takes these passwords for the same.
    @Test("A password is not the one with a NUL behind it")
    func nul() async throws {
        let hasher = Hasher(cost: Site.cheap, threads: 1, waiting: 1)
        let phc = try await hasher.hash(Self.secret("correct horse"))
        #expect(try PasswordHash.verify(Self.secret("correct horse\0"), against: phc))
        #expect(try await !hasher.verify(Self.secret("correct horse\0"), against: phc))
        #expect(try await hasher.verify(Self.secret("correct horse"), against: phc))
    }
}

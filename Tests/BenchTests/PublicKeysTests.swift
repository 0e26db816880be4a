import Testing

@testable import Bench

@Suite("The public keys that a load makes")
struct PublicKeysTests {
    /// A key that ssh-keygen made. `raw` is the last 32 bytes of its blob.
    private static let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMUkiYd98ey0kQgd9i4AXeLPSkym/SRMwRPJVYgfvXiR"
    private static let raw: [UInt8] = [
        197, 36, 137, 135, 125, 241, 236, 180, 145, 8, 29, 246, 46, 0, 93, 226, 207, 74, 76, 166, 253, 36, 76, 193, 19,
        201, 85, 136, 31, 189, 120, 145,
    ]

    @Test("A key's line is the one that ssh-keygen writes")
    func text() {
        #expect(PublicKeys.line(of: Self.raw) == Self.line)
    }

    @Test("All keys are distinct")
    func distinct() throws {
        let lines = try PublicKeys.make(100)
        #expect(Set(lines).count == 100)
        #expect(lines.allSatisfy { $0.utf8.count == Self.line.utf8.count })
    }
}

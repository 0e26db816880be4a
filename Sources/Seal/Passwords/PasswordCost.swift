/// The cost of a password hash: scrypt's N (as its logarithm), r, and p (RFC 7914 section 2).
///
/// A hash takes 128·r·(N + p) bytes of memory, and makes p passes over them. The default takes 32 MiB.
package struct PasswordCost: Sendable, Equatable {
    package let log2N: Int
    package let r: Int
    package let p: Int

    package static let standard = PasswordCost(unchecked: 15, 8, 3)

    /// The most memory of a hash, so that a stored string cannot demand all memory.
    static let memoryBound = 1 << 30
    /// The most work of a hash, as memory times passes: about ten seconds.
    static let workBound = 1 << 32

    /// Nil unless log2N is in 1...24 and below 16·r, as scrypt requires, r and p are at least 1, memory is at most 1
    /// GiB, and work is at most 4 GiB.
    package init?(log2N: Int, r: Int, p: Int) {
        guard (1...24).contains(log2N), (1...0xFFFF).contains(r), (1...0xFFFF).contains(p), log2N < 16 * r else {
            return nil
        }
        self.init(unchecked: log2N, r, p)
        guard memory <= Self.memoryBound, memory * p <= Self.workBound else { return nil }
    }

    /// Parses the setting `log2N,r,p`, such as "15,8,3".
    package init?(_ text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 3, let log2N = Int(canonical: parts[0]), let r = Int(canonical: parts[1]),
            let p = Int(canonical: parts[2])
        else { return nil }
        self.init(log2N: log2N, r: r, p: p)
    }

    /// Parses the parameters of a PHC string, `ln=15,r=8,p=3`, in this order.
    init?(phc text: some StringProtocol) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].hasPrefix("ln="), parts[1].hasPrefix("r="), parts[2].hasPrefix("p=") else {
            return nil
        }
        self.init("\(parts[0].dropFirst(3)),\(parts[1].dropFirst(2)),\(parts[2].dropFirst(2))")
    }

    private init(unchecked log2N: Int, _ r: Int, _ p: Int) {
        self.log2N = log2N
        self.r = r
        self.p = p
    }

    /// Returns whether a hash at `left` is less work than one at `right`.
    package static func < (left: PasswordCost, right: PasswordCost) -> Bool {
        left.memory * left.p < right.memory * right.p
    }

    /// The memory of one hash, in bytes.
    package var memory: Int { 128 * r * ((1 << log2N) + p) }
}

extension PasswordCost: CustomStringConvertible {
    package var description: String { "\(log2N),\(r),\(p)" }
}

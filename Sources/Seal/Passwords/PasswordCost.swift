/// What one password hash costs: scrypt's N (as its logarithm), r and p (RFC 7914 section 2).
///
/// Memory is 128·r·(N + p) bytes, and p passes are made over it. The default takes 32 MiB.
package struct PasswordCost: Sendable, Equatable {
    package let log2N: Int
    package let r: Int
    package let p: Int

    package static let standard = PasswordCost(unchecked: 15, 8, 3)

    /// Memory a hash may take: a stored string must not be able to ask for all there is.
    static let memoryBound = 1 << 30
    /// Memory times passes: some ten seconds of work.
    static let workBound = 1 << 32

    /// Nil unless log2N is in 1...24 (and below 16·r, as scrypt wants it), r and p are at least 1, and memory and work
    /// are at most 1 GiB and 4 GiB.
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

    /// Whether a hash at `left` is less work than one at `right`.
    package static func < (left: PasswordCost, right: PasswordCost) -> Bool {
        left.memory * left.p < right.memory * right.p
    }

    /// The bytes that one hash takes.
    package var memory: Int { 128 * r * ((1 << log2N) + p) }
}

extension PasswordCost: CustomStringConvertible {
    package var description: String { "\(log2N),\(r),\(p)" }
}

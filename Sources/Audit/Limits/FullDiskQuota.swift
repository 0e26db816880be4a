/// The share of the queue that each account may use while the disk is full.
struct FullDiskQuota: Sendable {
    /// Whether the disk is full.
    private(set) var isActive = false
    /// The records that each account has added since the disk is full.
    private var held: [String: Int] = [:]

    mutating func setActive(_ isActive: Bool) {
        self.isActive = isActive
        if !isActive { held = [:] }
    }

    /// Notes that a record of this account was added.
    mutating func note(_ account: String?) {
        if isActive, let account { held[account, default: 0] += 1 }
    }

    /// Returns whether the account may add a record. One account may use a sixteenth of the queue. For a client without
    /// an account, nothing is kept.
    func admits(_ account: String?, queueBound: Int) -> Bool {
        account.map { held[$0, default: 0] < max(1, queueBound / 16) } ?? true
    }
}

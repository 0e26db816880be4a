/// The number of accounts that a network, or all of them together, may make within an hour.
///
/// The accounts are counted in the database, in slots of ten minutes, so that every server counts with the others and a
/// restart forgets nothing. A count covers the present slot and the six before it: an hour at least, 70 minutes at most.
package struct SignUpBound: Sendable, Equatable {
    /// A network, or `everywhere`.
    package let source: String
    package let limit: Int

    package static let everywhere = "everywhere"

    package init(source: String, limit: Int) {
        (self.source, self.limit) = (source, limit)
    }

    package var refusal: StoreError { .tooManySignUps(everywhere: source == Self.everywhere) }

    private static let slotSeconds: Int64 = 600
    private static let slotCount: Int64 = 7

    /// Returns the slot of a time in Unix seconds.
    private static func slot(at now: Int64) -> Int64 { now / slotSeconds }

    /// Returns the slots that count at a time. One more than the present slot is among them, since the clocks of two
    /// servers may differ a little. A later slot was written while a clock was wrong.
    private static func slots(at now: Int64) -> ClosedRange<Int64> {
        (slot(at: now) - slotCount + 1)...(slot(at: now) + 1)
    }
}

extension Store {
    /// Checks the bounds and counts nothing.
    /// - Throws: `.tooManySignUps` for the first of the bounds that is reached.
    package func checkSignUps(_ bounds: [SignUpBound], at now: Int64) async throws(StoreError) {
        guard !bounds.isEmpty else { return }
        try await read { connection in
            for bound in bounds where try bound.accounts(at: now, on: connection) >= bound.limit {
                throw bound.refusal
            }
        }
    }
}

extension SignUpBound {
    /// Counts one account more towards each of the bounds, and drops up to 100 counts that no longer matter.
    ///
    /// Each row is counted up first: if several sign-ups come together, each waits for the one before, and then sees its
    /// count.
    /// - Throws: `.tooManySignUps` for the first bound of which it is one too many.
    static func count(_ bounds: [SignUpBound], at now: Int64, on connection: any StoreConnection) throws {
        guard !bounds.isEmpty else { return }
        for bound in bounds {
            try connection.change(SQL.count, [.text(bound.source), .integer(slot(at: now))])
            guard try bound.accounts(at: now, on: connection) <= bound.limit else { throw bound.refusal }
        }
        try connection.change(SQL.dropOld, [.integer(slots(at: now).lowerBound)])
    }

    /// Returns the number of accounts that count at a time.
    fileprivate func accounts(at now: Int64, on connection: any StoreConnection) throws -> Int {
        let slots = Self.slots(at: now)
        let arguments: [SQLValue] = [.text(source), .integer(slots.lowerBound), .integer(slots.upperBound)]
        return try connection.one(SQL.accounts, arguments) { row in try row.value(0) } ?? 0
    }
}

private enum SQL {
    static let accounts: SQLText = """
        SELECT CAST(coalesce(sum(accounts), 0) AS \(.integer)) FROM sign_ups
        WHERE source = ?1 AND slot BETWEEN ?2 AND ?3
        """
    static let count: SQLText = """
        INSERT INTO sign_ups (source, slot, accounts) VALUES (?1, ?2, 1)
        ON CONFLICT (source, slot) DO UPDATE SET accounts = sign_ups.accounts + 1
        """
    static let dropOld: SQLText = """
        DELETE FROM sign_ups WHERE (source, slot) IN
            (SELECT source, slot FROM sign_ups WHERE slot < ?1 LIMIT 100 \(.skippingLocked))
        """
}

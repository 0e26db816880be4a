/// The outcome of a request to retire versions of a key.
package enum KeyRetirement: Sendable, Equatable {
    /// These versions have the other state now, the oldest one first.
    case changed([KeyVersion])
    /// The account has no key of this purpose. In this case and in those below, nothing was changed.
    case noKey
    /// The version is newer than the newest one, which cannot be retired.
    case aboveNewest
    /// The version was erased.
    case erased
    /// More versions would be live than are allowed.
    case tooManyLive
}

/// The outcome of a request to erase versions of a key.
package enum KeyErasure: Sendable, Equatable {
    /// These versions are erased, the oldest one first, as far as `extent` says.
    case erased([KeyVersion], extent: Forgetting)
    /// The account has no key of this purpose. In this case and in those below, nothing was changed.
    case noKey
    /// One of the versions is live.
    case live
    /// There is no such version any more.
    case nothing
}

extension Store {
    /// Retires the versions of a key below `version`, and makes all other versions live.
    package func retireKeys(
        below version: UInt32, _ purpose: KeyPurpose, of name: String, bounds: KeyBounds = KeyBounds()
    ) async throws(StoreError) -> KeyRetirement {
        try await write { connection in
            guard let account = try AccountKey.lockAccount(name, on: connection) else { return .noKey }
            let all = try KeyVersion.all(of: account, purpose, on: connection)
            guard let newest = all.last else { return .noKey }
            guard version <= newest.version else { return .aboveNewest }
            guard version >= all[0].version else { return .erased }
            guard all.count(where: { $0.version >= version }) <= bounds.live else { return .tooManyLive }
            let changed = all.compactMap { item -> KeyVersion? in
                let state: KeyState = item.version < version ? .retired : .live
                guard item.state != state else { return nil }
                return KeyVersion(
                    purpose: purpose, version: item.version, state: state, created: item.created, used: item.used)
            }
            guard !changed.isEmpty else { return .changed([]) }
            let key: [SQLValue] = [.integer(account), .text(purpose.rawValue), .number(version)]
            try connection.change(SQL.retire, key)
            try connection.change(SQL.revive, key)
            try connection.renewMark()
            return .changed(changed)
        }
    }

    /// Erases the versions of a key below `version`, with their counted uses. All of them must be retired.
    package func eraseKeys(
        below version: UInt32, _ purpose: KeyPurpose, of name: String
    ) async throws(StoreError) -> KeyErasure {
        let outcome: KeyErasure = try await write { connection in
            guard let account = try AccountKey.lockAccount(name, on: connection) else { return .noKey }
            let all = try KeyVersion.all(of: account, purpose, on: connection)
            guard !all.isEmpty else { return .noKey }
            let erased = all.filter { $0.version < version }
            guard erased.allSatisfy({ $0.state == .retired }) else { return .live }
            guard !erased.isEmpty else { return .nothing }
            // The keys come first, so that nobody counts a use of them meanwhile.
            for text in [SQL.erase, SQL.eraseUses] {
                try connection.change(text, [.integer(account), .text(purpose.rawValue), .number(version)])
            }
            try connection.renewMark()
            return .erased(erased, extent: .erased)
        }
        guard case .erased(let erased, _) = outcome else { return outcome }
        return .erased(erased, extent: await driver.eraseDeleted())
    }
}

private enum SQL {
    private static let key: SQLText = "WHERE account_id = ?1 AND purpose = ?2"
    static let retire: SQLText = "UPDATE account_keys SET state = 'retired' \(key) AND version < ?3 AND state = 'live'"
    static let revive: SQLText = "UPDATE account_keys SET state = 'live' \(key) AND version >= ?3 AND state = 'retired'"
    static let erase: SQLText = "DELETE FROM account_keys \(key) AND version < ?3"
    static let eraseUses: SQLText = "DELETE FROM key_uses \(key) AND version < ?3"
}

/// Invitations, each known by the digest of its secret.
extension Store {
    /// Makes an invitation, which ``add(_:)`` takes once and before it expires. Invitations that have expired are dropped.
    /// - Throws: `.exists` if there is an invitation of this digest.
    package func addInvitation(_ digest: [UInt8], created: Int64, expires: Int64) async throws(StoreError) {
        try await write { connection in
            try connection.change(SQL.dropExpired, [.integer(created)])
            let count = try connection.change(SQL.add, [.bytes(digest), .integer(created), .integer(expires)])
            guard count == 1 else { throw StoreError.exists }
        }
    }

    /// Whether there is an invitation of this digest that ``add(_:)`` would take at `now`.
    package func hasInvitation(_ digest: [UInt8], at now: Int64) async throws(StoreError) -> Bool {
        try await read { try $0.finds(SQL.find, [.bytes(digest), .integer(now)]) }
    }

    /// - Throws: `.notInvited` if there is no such invitation, or it has expired.
    static func useUp(_ digest: [UInt8], at now: Int64, on connection: any StoreConnection) throws {
        guard try connection.change(SQL.useUp, [.bytes(digest), .integer(now)]) == 1 else {
            throw StoreError.notInvited
        }
    }
}

private enum SQL {
    static let add: SQLText = """
        INSERT INTO invitations (digest, created, expires) VALUES (?1, ?2, ?3) ON CONFLICT (digest) DO NOTHING
        """
    static let dropExpired: SQLText = "DELETE FROM invitations WHERE expires <= ?1"
    static let useUp: SQLText = "DELETE FROM invitations WHERE digest = ?1 AND expires > ?2"
    static let find: SQLText = "SELECT digest FROM invitations WHERE digest = ?1 AND expires > ?2"
}

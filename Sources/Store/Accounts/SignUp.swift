extension Store {
    /// Adds the account and its keys, and uses up its invitation: all of it or nothing.
    ///
    /// - Throws: The first of these causes that holds: `.noRoom` and `.logTooLong`; `.exists` if the name is taken, or was
    ///   once; `.accountKey` if its log-in key is a signing key of some account, in any version; `.rootChanged` if the site
    ///   has a root key and a key is wrapped under another one; `.notInvited` if the invitation does not exist or has
    ///   expired; `.tooManySignUps` if one of its bounds is reached.
    package func add(_ account: NewAccount) async throws(StoreError) {
        guard account.keys.allSatisfy({ $0.account == account.name }) else {
            throw .failed("a new account has a key of another account")
        }
        try await write(for: .stranger) { connection in
            guard let id = try account.insert(on: connection) else { throw StoreError.exists }
            if let key = account.loginKey, try Self.isAccountKey(key.publicKey, on: connection) {
                throw StoreError.accountKey
            }
            try Self.checkRootKey(of: account.keys, on: connection)
            if let invitation = account.invitation {
                try Self.useUp(invitation, at: account.created, on: connection)
            }
            try SignUpBound.count(account.bounds, at: account.created, on: connection)
            try AccountKey.insert(account.keys, of: id, on: connection)
            try account.loginKey?.insert(for: id, on: connection)
        }
    }
}

import Store
import Wire

/// A command whose data are accounts and keys, most of which are in memory. It changes nothing.
///
/// `answer` is its one body. The gate calls it at once on the event loop, without a task. If something is not in memory,
/// `run` reads it and calls `answer` again. Requests of one lane for such commands run beside one another.
///
/// `answer` throws `NotInMemory` for what has to be read first, by way of the call.
protocol MemoryCommand: ImmediateCommand where Context == Call {}

extension MemoryCommand {
    /// `answer` as a value, which costs less to call than the command as one of any type.
    var body: @Sendable (Call) throws -> Answer { { try answer($0) } }

    func run(_ call: Call) async throws -> Answer {
        var call = call
        if call.moment == nil { call.moment = try await call.accounts.moment() }
        while true {
            do {
                return try answer(call)
            } catch let missing as NotInMemory {
                // The call keeps what was read, so that the next try gets further.
                try await call.read(missing)
            }
        }
    }
}

/// Data that a command needs and that are not in memory.
enum NotInMemory: Error {
    /// The account that the session acts for.
    case acting
    case account(AccountName)
    case keysOf([AccountName])
}

/// The accounts and keys that were read for one request, since they were not in memory.
struct RequestReads: Sendable {
    /// nil for a name without an account.
    var accounts: [AccountName: Account?] = [:]
    /// All keys of each account; nil for a name without any.
    var keys: [AccountName: [KnownKey]?] = [:]
}

extension Call {
    /// The name of the account that the session acts for.
    ///
    /// - Throws: that there is none; `NotInMemory`.
    func actingName() throws -> AccountName {
        if let acting { return acting.name }
        guard let moment, let known = try identities.known(caller, at: moment) else { throw NotInMemory.acting }
        return known.name
    }

    /// The account of that name; nil if there is none.
    ///
    /// - Throws: `NotInMemory`.
    func account(named name: AccountName) throws -> Account? {
        if let read = reads?.accounts[name] { return read }
        guard let moment, let known = accounts.known(name, at: moment) else { throw NotInMemory.account(name) }
        return known
    }

    /// The current key of each account for a purpose, in the order of the names; nil for one that has none.
    ///
    /// - Throws: `NotInMemory`.
    func currentKeys(of names: [AccountName], _ purpose: KeyPurpose) throws -> [KnownKey?] {
        try keys(of: names).map { AccountCache.current(in: $0, purpose) }
    }

    /// One version of an account's key, current or not; nil when there is none.
    ///
    /// - Throws: `NotInMemory`.
    func key(of name: AccountName, _ purpose: KeyPurpose, version: UInt32) throws -> KnownKey? {
        try keys(of: [name])[0]?.first { $0.row.purpose == purpose && $0.row.version == version }
    }

    /// All keys of each account, in the order of the names; nil for one that has none.
    ///
    /// - Throws: `NotInMemory`.
    func keys(of names: [AccountName]) throws -> [[KnownKey]?] {
        guard let moment else { throw NotInMemory.keysOf(names) }
        let known = accounts.knownKeys(of: names, at: moment)
        guard known.contains(where: { $0 == nil }) else { return known }
        let missing = zip(names, known).filter { $0.1 == nil && reads?.keys[$0.0] == nil }.map(\.0)
        guard missing.isEmpty else { throw NotInMemory.keysOf(missing) }
        return zip(names, known).map { name, keys in keys ?? reads?.keys[name] ?? nil }
    }

    /// Reads what was missing.
    fileprivate mutating func read(_ missing: NotInMemory) async throws {
        guard let moment else { return }
        var reads = reads ?? RequestReads()
        switch missing {
        case .acting: acting = try await identities.account(of: caller)
        case .account(let name): reads.accounts[name] = try await accounts.account(named: name, at: moment)
        case .keysOf(let names):
            for (name, keys) in zip(names, try await accounts.keys(of: names, at: moment, from: caller.lane.number)) {
                reads.keys[name] = .some(keys)
            }
        }
        self.reads = reads
    }
}

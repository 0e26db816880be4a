import Store
import Wire

/// A command that needs only accounts and keys, most of which are in memory. It changes nothing, except that it may
/// have a key made that it needs.
///
/// The function `answer` contains the whole command. The gate calls it at once on the event loop, without a task. It
/// looks up its data with the methods of the call, which throw `NotInMemory` if data must be read first. In that case
/// `run` reads the data and calls `answer` again. Such requests of one lane may run at the same time.
protocol MemoryCommand: ImmediateCommand where Context == Call {}

extension MemoryCommand {
    /// The function `answer` as a value. Calling it costs less than calling the command through an existential type.
    var body: @Sendable (Call) throws -> Answer { { try answer($0) } }

    func run(_ call: Call) async throws -> Answer {
        var call = call
        if call.moment == nil { call.moment = try await call.accounts.moment() }
        while true {
            do {
                return try answer(call)
            } catch let missing as NotInMemory {
                // The call keeps the data that were read, so the next try gets further.
                try await call.read(missing)
            }
        }
    }
}

/// The data that a command needs and that are not in memory.
enum NotInMemory: Error {
    /// The account that the session acts for.
    case acting
    case account(AccountName)
    case keysOf([AccountName])
    /// Keys that must be made first.
    case keysToMake([KeyMaker.DueKey], KeyPurpose, KeyMaker)
}

/// The accounts and keys that were read for one request because they were not in memory.
struct RequestReads: Sendable {
    /// The accounts that were read; nil for a name without an account.
    var accounts: [AccountName: Account?] = [:]
    /// All live keys of each account that was read; nil for a name without keys.
    var keys: [AccountName: [KnownKey]?] = [:]
}

extension Call {
    /// Returns the name of the account that the session acts for.
    ///
    /// - Throws: A refusal if the session acts for no account, and `NotInMemory`.
    func actingName() throws -> AccountName {
        if let acting { return acting.name }
        guard let moment, let known = try identities.known(caller, at: moment) else { throw NotInMemory.acting }
        return known.name
    }

    /// Returns the account with the name; nil if it does not exist.
    ///
    /// - Throws: `NotInMemory`.
    func account(named name: AccountName) throws -> Account? {
        if let read = reads?.accounts[name] { return read }
        guard let moment, let known = accounts.known(name, at: moment) else { throw NotInMemory.account(name) }
        return known
    }

    /// Returns the current key of each account for a purpose, in the order of the names; nil for an account without
    /// one.
    ///
    /// - Throws: `NotInMemory`.
    func currentKeys(of names: [AccountName], _ purpose: KeyPurpose) throws -> [KnownKey?] {
        try keys(of: names).map { AccountCache.current(in: $0, purpose) }
    }

    /// Returns one version of an account's key, current or not; nil if it does not exist.
    ///
    /// - Throws: `NotInMemory`.
    func key(of name: AccountName, _ purpose: KeyPurpose, version: UInt32) throws -> KnownKey? {
        try keys(of: [name])[0]?.first { $0.row.purpose == purpose && $0.row.version == version }
    }

    /// Returns one live version of an account's key, current or not; nil if it does not exist.
    ///
    /// - Throws: `NotInMemory`, and `retired` if the version is below all live ones.
    func liveKey(
        of name: AccountName, _ purpose: KeyPurpose, version: UInt32, orRetired retired: Failure
    ) throws -> KnownKey? {
        if let key = try key(of: name, purpose, version: version) { return key }
        let live = try keys(of: [name])[0]?.filter { $0.row.purpose == purpose }
        if let live, !live.isEmpty, version > 0, live.allSatisfy({ $0.row.version > version }) { throw retired }
        return nil
    }

    /// Returns all live keys of each account, in the order of the names; nil for an account without keys.
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

    /// Reads the missing data, and keeps them in the call.
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
        case .keysToMake(let due, let purpose, let maker):
            hasMadeKeys = true
            try await maker.make(due, purpose)
            // From this moment on, the new keys are there.
            (self.moment, reads) = (try await accounts.moment(), RequestReads())
        }
        self.reads = reads
    }
}

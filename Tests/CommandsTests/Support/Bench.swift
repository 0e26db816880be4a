import Commands
import NIOCore
import Seal
import Signing
import Store
import Synchronization
import TestKit
import Testing

@testable import Wire

/// The commands of all plugins, with parts that a test can choose and observe.
final class Bench: Sendable {
    /// The settings that a test may choose.
    struct Setup: Sendable {
        var cost = Site.cheap
        /// The number of passwords that may wait for the hasher.
        var waiting = 64
        var places = Challenges.Limits()
        var policy = SitePolicy.Values()
        var pause: @Sendable (Duration) async throws -> Void = { _ in }
        var audit: AuditTrail?
        /// Receives the rotations that no user has asked for.
        var report: @Sendable (KeyMaker.Event) -> Void = { _ in }
    }

    let clock: TestClock
    let files: KeyFiles
    /// The key that signs and verifies the tokens.
    let key: SigningKey
    let rootKey: RootKey
    let keys: TokenKeys
    let store: Store
    let identities: Identities
    let policy: SitePolicy
    let hasher: Hasher
    let gate: Gate
    let adminGate: Gate
    /// The audit trail; nil if requests are not audited.
    let trail: AuditTrail?
    private let log = Log()
    private let directory: TemporaryDirectory
    /// The memory that the gates keep of each lane.
    private let lanes = Mutex<[Lane: any LaneMemory]>([:])

    /// The messages that the gates have sent to the server's log.
    var reports: [String] { log.lines.withLock { $0 } }

    private final class Log: Sendable {
        let lines = Mutex<[String]>([])
    }

    /// Creates a bench.
    ///
    /// - Parameters:
    ///   - store: The store; nil for a new SQLite file of the bench's own.
    ///   - rootKey: The root key; nil for the key of `other`, or for a new one.
    ///   - other: Another bench. The new one is a second server on the same file, with the same keys and the same
    ///     clock.
    ///   - wrap: Wraps the driver of the SQLite file.
    init(
        store: Store? = nil, rootKey: RootKey? = nil, beside other: Bench? = nil, _ setup: Setup = Setup(),
        wrapping wrap: (any StoreDriver) -> any StoreDriver = { $0 }
    ) throws {
        directory = try other?.directory ?? TemporaryDirectory()
        clock = other?.clock ?? TestClock()
        key = other?.key ?? SigningKey()
        self.rootKey = try rootKey ?? other?.rootKey ?? RootKey(.random(count: 32))
        files = other?.files ?? KeyFiles(token: key, root: self.rootKey)
        if let store {
            self.store = store
        } else {
            let path = "\(directory.path)/clavero.db"
            if other == nil { try SQLiteFile.create(at: path) }
            self.store = Store(wrap(try SQLiteDriver(path: path)))
        }
        trail = setup.audit
        hasher = Hasher(cost: setup.cost, threads: 1, waiting: setup.waiting)
        let now: @Sendable () -> Int = { [clock] in clock.now }
        keys = try TokenKeys(site: "test", now: now, load: files.tokenKeys)
        let accounts = AccountCache(self.store)
        policy = SitePolicy(setup.policy)
        identities = Identities(keys: keys, accounts: accounts, now: now)
        let siteKeys = SiteKeys(store: self.store, tokenKeys: keys)
        let registry = try Registry([
            KeysPlugin.plugin(
                store: self.store, accounts: accounts, rootKeys: try RootKeyRing(load: files.rootKeys), hasher: hasher,
                policy: policy, siteKeys: siteKeys, now: now, report: setup.report),
            AuthPlugin.plugin(
                store: self.store, accounts: accounts, hasher: hasher, keys: keys, identities: identities,
                throttle: LogInThrottle(policy: policy, store: self.store, now: now, pause: setup.pause),
                challenges: Challenges(keys: keys, limits: setup.places, now: now),
                policy: policy, siteKeys: siteKeys, now: now),
        ])
        let admin = try Registry(
            [AdminPlugin.plugin(store: self.store, health: { [("test", "ok")] }, now: now)], isForOperator: true)
        let gateLog = GateLog(failed: { [log] verb, _, error in log.lines.withLock { $0.append("\(verb): \(error)") } })
        gate = Gate(registry, identities: identities, audit: setup.audit, log: gateLog)
        adminGate = Gate(admin, identities: identities, audit: setup.audit, log: gateLog)
    }

    /// Returns the number of rows of a table of the file, as Python's sqlite3 sees it.
    func rows(of table: String) async throws -> Int? {
        let script = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()[0])"
        let arguments = ["-c", script, "\(directory.path)/clavero.db", "SELECT count(*) FROM \(table)"]
        return Int(try await Tool.run("/usr/bin/python3", arguments).output.dropLast())
    }

    /// Returns a new session. Its greeting was already read.
    func session() async throws -> Conversation {
        let commands = SessionCommands(host: "gate.example", limits: .session)
        let conversation = Conversation(MachineTransport(commands, Router(over: [gate])))
        #expect(try await conversation.reply() == ["220 gate.example Clavero ready"])
        return conversation
    }

    /// Returns a parsed request, and the gate that has its command. `literal` follows the line, and `rest` follows
    /// the literal.
    func request(_ line: String, literal: String? = nil, _ rest: String = "") throws -> (Request, Gate) {
        let tails = literal.map { [RequestLine.Tail(literal: ByteBuffer(string: $0), text: ByteBuffer(string: rest))] }
        let frame = RequestLine(head: ByteBuffer(string: line), tails: tails ?? [])
        let verb = try #require(frame.verb)
        let gate = gate.manifest[verb] == nil ? adminGate : gate
        let entry = try #require(gate.manifest[verb])
        return (try Request(frame, for: entry, words: Limits.session.words), gate)
    }

    /// Returns the answer to a request that carries a token. The operator's gate answers if only it has the command.
    /// `literal` follows the line, and `rest` follows the literal.
    func answer(
        _ line: String, literal: String? = nil, _ rest: String = "", token: String? = nil, peer: String = "test",
        lane: Lane = 1
    ) async throws -> Answer {
        let (request, gate) = try request(line, literal: literal, rest)
        let memory = lanes.withLock { lanes in
            lanes[lane] = lanes[lane] ?? gate.makeLaneMemory()
            return lanes[lane]
        }
        let caller = Caller(lane: lane, peer: peer, token: token, privacy: .local, memory: memory)
        var clock = TurnClock()
        if let answer = gate.answer(to: request, from: caller, &clock) { return answer }
        return await withCheckedContinuation { continuation in
            gate.respond(to: request, from: caller) { continuation.resume(returning: $0) }
        }
    }

    /// Logs in, and returns the token. The log-in must succeed.
    func logIn(_ name: String = "alice", _ password: String = "correct horse") async throws -> String {
        let answer = try await answer("LOGIN \(name) \"\(password)\"")
        guard case .token(let token) = answer.effect else { throw Mismatch("not logged in: \(answer.reply)") }
        return token
    }
}

extension Answer {
    /// The code, the enhanced code and the text, as a client gets them.
    var line: String { "\(reply.code) \(reply.enhanced ?? "") \(reply.lines[0])" }
    var body: String { reply.body.map { String(buffer: $0) } ?? "" }
}

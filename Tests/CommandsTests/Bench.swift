import Commands
import NIOCore
import Seal
import Store
import Synchronization
import TestKit
import Testing
import Wire

/// The commands of both plugins, with every part in the test's hands.
final class Bench: Sendable {
    let clock = TestClock()
    /// What signs and checks the tokens.
    let key = SigningKey()
    let rootKey: RootKey
    let keys: TokenKeys
    let store: any Store
    let identities: Identities
    let gate: Gate
    private let log = Log()
    private let directory: TemporaryDirectory

    /// What the server would have written into its log.
    var reports: [String] { log.lines.withLock { $0 } }

    private final class Log: Sendable {
        let lines = Mutex<[String]>([])
    }

    /// Without `store`, on a SQLite file of its own, which `wrap` may wrap.
    init(
        store: (any Store)? = nil, rootKey: RootKey? = nil, wrapping wrap: (any Store) -> any Store = { $0 }
    ) throws {
        directory = try TemporaryDirectory()
        if let store {
            self.store = store
        } else {
            let path = "\(directory.path)/clavero.db"
            try SQLiteStore.create(at: path)
            self.store = wrap(try SQLiteStore(path: path))
        }
        self.rootKey = try rootKey ?? RootKey(.random(count: 32))
        let hasher = try Hasher(cost: Site.cheap, threads: 1, waiting: 64)
        let now: @Sendable () -> Int = { [clock] in clock.now }
        let (signing, root) = (key, self.rootKey)
        keys = try TokenKeys(site: "test", now: now) {
            TokenKeys.Contents(published: [signing.publicKey], signing: signing)
        }
        identities = Identities(keys: keys, store: self.store, now: now)
        let registry = try Registry([
            KeysPlugin.plugin(
                store: self.store, rootKeys: try RootKeyRing { RootKeys([root]) }, hasher: hasher, signUp: .open,
                now: now),
            AuthPlugin.plugin(
                store: self.store, hasher: hasher, keys: keys, identities: identities,
                throttle: LogInThrottle(store: self.store, now: now, pause: { _ in }), lifetime: 3600, now: now),
        ])
        gate = Gate(registry, identities: identities) { [log] verb, error in
            log.lines.withLock { $0.append("\(verb): \(error)") }
        }
    }

    /// A session, whose greeting has been read.
    func session() async throws -> Conversation {
        let commands = SessionCommands(host: "gate.example", limits: .session)
        let router = Router(session: commands, over: [gate], arePipelined: false)
        let conversation = Conversation(MachineTransport(greeting: commands.greeting, router))
        #expect(try await conversation.reply() == ["220 gate.example Clavero ready"])
        return conversation
    }

    /// What the gate answers to a request that comes with a token.
    func answer(_ line: String, token: String? = nil) async throws -> Answer {
        let frame = Frame(head: ByteBuffer(string: line))
        let spec = try #require(frame.verb.flatMap { gate.manifest[$0]?.spec })
        let request = try Request(frame, for: spec, words: Limits.session.words)
        return await withCheckedContinuation { continuation in
            gate.respond(to: request, from: Caller(lane: 1, peer: "test", token: token)) {
                continuation.resume(returning: $0)
            }
        }
    }
}

import Commands
import Foundation
import Seal
import Signing
import Store
import Synchronization
import Wire

/// A clock that advances only when a test advances it, in Unix seconds.
package final class TestClock: Sendable {
    private let seconds = Mutex(1_800_000_000)
    package init() {}
    package var now: Int { seconds.withLock { $0 } }
    package func advance(_ by: Int) { seconds.withLock { $0 += by } }
}

/// A directory that is removed when the value is released.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() throws {
        TestDescriptors.raised
        path = FileManager.default.temporaryDirectory.appending(path: "clavero-test-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A deliberate deviation of a test site from the normal one.
package enum Fault: String, Sendable {
    /// The hasher accepts no work.
    case fullHasher = "full-hasher"
    /// A password change always loses against another change.
    case lostRace = "lost-race"
    /// Signing up is closed.
    case closed
    /// Signing up needs an invitation, such as `open-invitation`.
    case invited
    /// One wrong log-in from a network already reaches the limit.
    case guessingNetwork = "guessing-network"
    /// No challenge can be used.
    case noChallenges = "no-challenges"
    /// A network may create one account in an hour.
    case networkBound = "network-bound"
    /// All networks together may create one account in an hour.
    case siteBound = "site-bound"
    /// The disk has no room for clients that are not logged in.
    case lowDisk = "low-disk"
    /// The database's log is too long.
    case longLog = "long-log"
    /// A key may have two live versions, and three in all.
    case fewVersions = "few-versions"
    /// Keys are rotated after a day, and two versions stay live.
    case agingKeys = "aging-keys"
    /// The session offers STARTTLS.
    case offersTLS = "offers-tls"
    /// The session already uses TLS.
    case tlsIsOn = "tls-is-on"

    var signUp: SignUpPolicy {
        switch self {
        case .closed: .closed
        case .invited: .invited
        case _: .open
        }
    }
}

/// The commands of both plugins on a real SQLite file, without processes and sockets.
package final class Site: Sendable {
    package static let cheap = PasswordCost(log2N: 2, r: 1, p: 1)!
    /// A public key of the site that occurs in the transcripts.
    package static let ownKey = [UInt8](repeating: 0x11, count: 32)
    package let clock = TestClock()
    package let gate: Gate
    package let registry: Registry
    /// The gate of the operator's commands.
    package let adminGate: Gate
    package let adminRegistry: Registry
    package let store: Store
    /// The errors that a server would have logged.
    package let reports = Reports()
    private let directory: TemporaryDirectory
    private let fault: Fault?

    package init(_ fault: Fault? = nil, wrapping wrap: (any StoreDriver) -> any StoreDriver = { $0 }) throws {
        self.fault = fault
        directory = try TemporaryDirectory()
        let path = "\(directory.path)/clavero.db"
        try SQLiteFile.create(at: path)
        let room = HeadRoom(of: [path], reserve: fault == .lowDisk ? .percent(100) : .bytes(0))
        let file = try SQLiteDriver(path: path, settings: .init(logBound: fault == .longLog ? -1 : 64 << 20))
        let driver = FaultyDriver(file)
        if fault == .lostRace {
            for method in [FaultyDriver.Method.setPassword, .setRecoveryCodes, .raiseEpoch] {
                driver.fail(method, .late)
            }
        }
        store = Store(wrap(driver))
        let hasher = Hasher(cost: Self.cheap, threads: 1, waiting: fault == .fullHasher ? 0 : 64)
        let now: @Sendable () -> Int = { [clock] in clock.now }
        let signing = SigningKey()
        let keys = try TokenKeys(site: "test", now: now) {
            TokenKeys.Contents(published: [signing.publicKey], signing: signing)
        }
        let accounts = AccountCache(store)
        let identities = Identities(keys: keys, accounts: accounts, now: now)
        var values = SitePolicy.Values()
        values.signUp = fault?.signUp ?? .open
        if fault == .guessingNetwork { values.throttle.networkLimit = 1 }
        var places = Challenges.Limits()
        if fault == .noChallenges { places.session = 0 }
        if fault == .networkBound { values.signUpBounds.network = 1 }
        if fault == .siteBound { values.signUpBounds.hour = 1 }
        if fault == .fewVersions { (values.keyBounds.live, values.keyBounds.kept) = (2, 3) }
        if fault == .agingKeys { (values.rotationAge, values.keyBounds.keeping) = (86_400, 2) }
        let policy = SitePolicy(values)
        let root = try RootKey(.random(count: 32))
        let siteKeys = SiteKeys(store: store, tokenKeys: keys, others: [Self.ownKey])
        registry = try Registry([
            KeysPlugin.plugin(
                store: store, accounts: accounts, rootKeys: try RootKeyRing { RootKeys([root]) }, hasher: hasher,
                policy: policy, siteKeys: siteKeys, room: room, now: now),
            AuthPlugin.plugin(
                store: store, accounts: accounts, hasher: hasher, keys: keys, identities: identities,
                throttle: LogInThrottle(policy: policy, store: store, now: now, pause: { _ in }),
                challenges: Challenges(keys: keys, limits: places, now: now), policy: policy, siteKeys: siteKeys,
                now: now),
        ])
        let log = GateLog(failed: { [reports] verb, _, error in reports.add("\(verb): \(error)") })
        gate = Gate(registry, identities: identities, log: log)
        let health: @Sendable () async -> [(part: String, state: String)] = { [gate] in
            [("test", "ok"), ("requests", "\(gate.answerCount)")]
        }
        adminRegistry = try Registry(
            [AdminPlugin.plugin(store: store, health: health, now: now)], isForOperator: true)
        adminGate = Gate(adminRegistry, identities: identities, log: log)
    }

    /// Returns a session on the gate, or, for the operator, on the operator's gate and the gate. `watch` is called
    /// with every answer.
    package func session(
        forOperator: Bool = false, watch: @escaping Watched.Watch = { _, _ in }
    ) -> MachineTransport {
        let commands = SessionCommands(
            host: "gate.example", limits: .session, offersTLS: fault == .offersTLS || fault == .tlsIsOn)
        let router = Router(over: forOperator ? [adminGate, gate] : [gate])
        return MachineTransport(commands, Watched(router, watch), privacy: fault == .tlsIsOn ? .tls : .local)
    }
}

package final class Reports: Sendable {
    private let lines = Mutex<[String]>([])
    package var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
}

/// A responder that calls `watch` with each answer of another responder.
package final class Watched: Responder {
    package typealias Watch = @Sendable (Request, Answer) -> Void

    private let inner: any Responder
    private let watch: Watch

    package init(_ inner: any Responder, _ watch: @escaping Watch) {
        self.inner = inner
        self.watch = watch
    }

    package var manifest: Manifest { inner.manifest }

    package func makeLaneMemory() -> (any LaneMemory)? { inner.makeLaneMemory() }

    package func answer(to request: Request, from caller: Caller, _ clock: inout TurnClock) -> Answer? {
        let answer = inner.answer(to: request, from: caller, &clock)
        if let answer { watch(request, answer) }
        return answer
    }

    package func respond(to request: Request, from caller: Caller, _ answer: ReturnPath) {
        let watch = watch
        inner.respond(to: request, from: caller) { result in
            watch(request, result)
            answer(result)
        }
    }
}

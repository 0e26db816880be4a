import Postgres
import Store
import Synchronization
import TestKit
import Testing
import Wire

@testable import Commands

/// Two servers of a site on one database.
struct TwoBenches {
    let first: Bench
    let second: Bench
    private let stores: [Store]

    init(on engine: Engine, _ setup: Bench.Setup = Bench.Setup()) async throws {
        switch engine {
        case .sqlite:
            first = try Bench(setup)
            second = try Bench(beside: first, setup)
            stores = []
        case .postgres:
            let address = try PostgresAddress(try await PostgresCluster.shared.schema().url)
            try PostgresDriver.create(at: address)
            let settings = PostgresDriver.Settings(
                connections: 4, statementTimeout: .seconds(60), patience: .seconds(60))
            stores = try (0..<2).map { _ in try Store(at: address, settings: settings) }
            first = try Bench(store: stores[0], setup)
            second = try Bench(store: stores[1], beside: first, setup)
        }
        #expect(try await first.answer("SIGNUP alice \"correct horse\"").reply.code == 250)
    }

    func close() async throws { for store in stores { try await store.close() } }
}

@Suite("Rotating keys", .timeLimit(.minutes(5)))
struct RotationTests {
    private static let day = 86_400

    /// The answers of servers that report rotations.
    private final class Events: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }

        func add(_ event: KeyMaker.Event) {
            let line =
                switch event {
                case .rotated(let key): "\(key)"
                case .kept(let account, let purpose, let reason): "\(account) \(purpose) \(reason)"
                }
            lines.withLock { $0.append(line) }
        }
    }

    private final class Progress: Sendable {
        private let done = Mutex(false)
        var isDone: Bool {
            get { done.withLock { $0 } }
            set { done.withLock { $0 = newValue } }
        }
    }

    /// Returns the choices of a site whose keys are rotated after a day. Log-ins last long.
    private static func aging(_ events: Events = Events(), keeping: Int? = nil) -> Bench.Setup {
        var setup = Bench.Setup()
        setup.policy.rotationAge = day
        setup.policy.keyBounds.keeping = keeping
        setup.policy.tokenLifetime = 1000 * day
        setup.report = { events.add($0) }
        return setup
    }

    /// Returns a session that is logged in as alice.
    private static func session(_ bench: Bench) async throws -> Conversation {
        let session = try await bench.session()
        #expect(try await session.ask("LOGIN alice \"correct horse\"") == "235 2.7.0 Logged in as alice")
        return session
    }

    /// Returns the versions of alice's keys, such as `encryption 1r 2; signing 1`.
    private static func versions(_ store: Store) async throws -> String {
        let all = try await store.keyVersions(of: "alice", at: 0)
        return KeyPurpose.made.compactMap { purpose in
            let versions = all.filter { $0.purpose == purpose }
                .map { "\($0.version)\($0.state == .retired ? "r" : "")" }
            return versions.isEmpty ? nil : "\(purpose) \(versions.joined(separator: " "))"
        }
        .joined(separator: "; ")
    }

    @Test(
        "While keys are rotated, two servers encrypt, decrypt, sign and verify without a failure or a stale answer",
        arguments: Engine.allCases)
    func underLoad(on engine: Engine) async throws {
        let servers = try await TwoBenches(on: engine)
        let (first, second) = (servers.first, servers.second)
        let token = try await first.logIn()
        let rotations = Progress()
        try await withThrowingTaskGroup { group in
            for worker in 0..<4 {
                let (maker, reader) = worker.isMultiple(of: 2) ? (first, second) : (second, first)
                group.addTask {
                    let (making, reading) = (try await Self.session(maker), try await Self.session(reader))
                    var rounds = 0
                    while !rotations.isDone || rounds < 3 {
                        let sealed = try await making.ask("ENCRYPT hello").dropFirst(10)
                        let opened = try await reading.ask("DECRYPT \(sealed)")
                        let signature = try await making.ask("SIGN hello").dropFirst(10)
                        let verified = try await reading.ask("VERIFY \(signature) hello")
                        guard opened == "250 2.0.0 FROM=alice hello", verified.hasPrefix("250 2.0.0 alice signed")
                        else {
                            throw Mismatch("\(opened) \(verified)")
                        }
                        rounds += 1
                    }
                }
            }
            group.addTask {
                defer { rotations.isDone = true }
                for version in 2...30 {
                    let (one, other) = version.isMultiple(of: 2) ? (first, second) : (second, first)
                    let answer = try await one.answer("ROTATE", token: token).reply
                    #expect(answer.lines == ["encryption key \(version)", "signing key \(version)"])
                    // The other server signs by the new version from now on.
                    let signature = try await other.answer("SIGN hello", token: token).body
                    #expect(signature.hasPrefix("clvs1.alice.\(version)."), "\(signature)")
                }
            }
            try await group.waitForAll()
        }
        #expect(first.reports == [] && second.reports == [])
        try await servers.close()
    }

    @Test("A retired or revived version is so on the other server at once", arguments: Engine.allCases)
    func retirement(on engine: Engine) async throws {
        let servers = try await TwoBenches(on: engine)
        let token = try await servers.first.logIn()
        let sealed = try await Self.session(servers.second).ask("ENCRYPT hello").dropFirst(10)
        #expect(try await servers.first.answer("ROTATE", token: token).reply.code == 250)
        for _ in 0..<3 {
            #expect(try await servers.second.answer("DECRYPT \(sealed)", token: token).reply.code == 250)
            #expect(try await servers.first.answer("RETIRE encryption 2", token: token).reply.code == 250)
            let refused = try await servers.second.answer("DECRYPT \(sealed)", token: token)
            #expect(refused.reply == Failure.retiredRecipient.reply)
            #expect(try await servers.first.answer("RETIRE encryption 1", token: token).reply.code == 250)
        }
        try await servers.close()
    }

    @Test("A key is rotated by age once, when two servers use it at the same moment", arguments: Engine.allCases)
    func byAge(on engine: Engine) async throws {
        let events = Events()
        let servers = try await TwoBenches(on: engine, Self.aging(events))
        let token = try await servers.first.logIn()
        servers.first.clock.advance(Self.day)
        try await withThrowingTaskGroup { group in
            for index in 0..<24 {
                let server = index.isMultiple(of: 2) ? servers.first : servers.second
                group.addTask {
                    let line = index % 4 < 2 ? "SIGN hello" : "ENCRYPT hello"
                    let answer = try await server.answer(line, token: token, lane: Lane(UInt64(index) + 10))
                    #expect(answer.reply.code == 250, "\(answer)")
                }
            }
            try await group.waitForAll()
        }
        #expect(try await Self.versions(servers.first.store) == "encryption 1 2; signing 1 2")
        #expect(events.all.sorted() == ["encryption key 2 of alice", "signing key 2 of alice"])
        try await servers.close()
    }

    @Test("Rotation by age retires the oldest versions, and stops at a clock that was set back")
    func retiringByCount() async throws {
        let bench = try await TwoBenches(on: .sqlite, Self.aging(keeping: 2)).first
        let token = try await bench.logIn()
        for _ in 0..<3 {
            bench.clock.advance(Self.day)
            #expect(try await bench.answer("ENCRYPT hello", token: token).reply.code == 250)
        }
        #expect(try await Self.versions(bench.store) == "encryption 1r 2r 3 4; signing 1")
        // A rotation that the user asks for retires nothing.
        #expect(try await bench.answer("ROTATE encryption", token: token).reply.code == 250)
        #expect(try await Self.versions(bench.store) == "encryption 1r 2r 3 4 5; signing 1")
        bench.clock.advance(-2 * Self.day)
        #expect(try await bench.answer("ENCRYPT hello", token: try await bench.logIn()).reply.code == 250)
        #expect(try await Self.versions(bench.store) == "encryption 1r 2r 3 4 5; signing 1")
    }

    @Test("A key that cannot be rotated by age is still used, and the next try is a minute later")
    func failing() async throws {
        let events = Events()
        let driver = Mutex<FaultyDriver?>(nil)
        let bench = try Bench(Self.aging(events)) { inner in
            let faulty = FaultyDriver(inner)
            driver.withLock { $0 = faulty }
            return faulty
        }
        #expect(try await bench.answer("SIGNUP alice \"correct horse\"").reply.code == 250)
        let token = try await bench.logIn()
        bench.clock.advance(Self.day)
        driver.withLock { $0?.fail(.addKeys, .error(.full)) }
        for round in 1...3 {
            for _ in 0..<3 {
                let signature = try await bench.answer("SIGN hello", token: token)
                #expect(signature.body.hasPrefix("clvs1.alice.1."))
            }
            #expect(events.all == Array(repeating: "alice signing disk is full", count: round))
            bench.clock.advance(60)
        }
        driver.withLock { $0?.work() }
        #expect(try await bench.answer("SIGN hello", token: token).body.hasPrefix("clvs1.alice.2."))
        #expect(events.all.last == "signing key 2 of alice")
    }

    @Test("A key with as many versions as it may have is not rotated by age")
    func full() async throws {
        let events = Events()
        var setup = Self.aging(events)
        setup.policy.keyBounds.live = 1
        let bench = try await TwoBenches(on: .sqlite, setup).first
        let token = try await bench.logIn()
        bench.clock.advance(Self.day)
        for _ in 0..<3 { #expect(try await bench.answer("ENCRYPT hello", token: token).reply.code == 250) }
        #expect(events.all == ["alice encryption it has as many live versions as it may have"])
        #expect(try await Self.versions(bench.store) == "encryption 1; signing 1")
    }

    @Test("A key that an account does not have yet is made once, by one of two servers", arguments: Engine.allCases)
    func firstVersion(on engine: Engine) async throws {
        let events = Events()
        let servers = try await TwoBenches(on: engine, Self.aging(events))
        let name = AccountName("alice")!
        try await withThrowingTaskGroup { group in
            for index in 0..<12 {
                let bench = index.isMultiple(of: 2) ? servers.first : servers.second
                let maker = KeyMaker(
                    store: bench.store, rootKeys: try RootKeyRing(load: bench.files.rootKeys), policy: bench.policy,
                    now: { [clock = bench.clock] in clock.now }, report: { events.add($0) })
                let due = maker.due(.mac, [name], [nil])
                #expect(due.count == 1)
                group.addTask { try await maker.make(due, .mac) }
            }
            try await group.waitForAll()
        }
        #expect(try await Self.versions(servers.second.store) == "encryption 1; signing 1; mac 1")
        #expect(events.all == [])
        try await servers.close()
    }
}

import Audit
import Commands
import Foundation
import Signing
import Store
import Synchronization
import TestKit
import Testing
import Wire

@Suite("Forgetting accounts when their time has come", .timeLimit(.minutes(5)))
struct DelayedForgettingTests {
    /// A server on the bench's store that looks for accounts. Its clock can be set; the other clock cannot.
    private final class Looker: Sendable {
        private let uptime = Atomic(0)
        private let error = Atomic(0)
        private let seen = Mutex<[DelayedForgetting.Event]>([])
        private let audit: AuditTrail?
        private let bench: Bench
        private let looks = Mutex<DelayedForgetting?>(nil)

        init(_ bench: Bench, audit: AuditTrail? = nil) {
            (self.bench, self.audit) = (bench, audit)
            let forgetting = DelayedForgetting(
                store: bench.store, audit: audit, now: { [unowned self] in now },
                uptime: { [unowned self] in uptime.load(ordering: .relaxed) },
                report: { [unowned self] event in seen.withLock { $0.append(event) } })
            looks.withLock { $0 = forgetting }
        }

        private var now: Int { bench.clock.now + error.load(ordering: .relaxed) }

        /// Returns the events since the last call.
        func events() -> [DelayedForgetting.Event] {
            seen.withLock { seen in
                defer { seen = [] }
                return seen
            }
        }

        /// Lets time pass for both clocks, and looks every minute.
        func pass(_ seconds: Int) async {
            for _ in 0..<(seconds / 60) {
                bench.clock.advance(60)
                uptime.add(60, ordering: .relaxed)
                await look()
            }
        }

        func look() async { await looks.withLock { $0 }?.look() }

        /// Sets this server's clock.
        func setClock(by seconds: Int) { error.add(seconds, ordering: .relaxed) }
    }

    private static let day = 86_400

    private static func bench(after days: Int = 1) async throws -> Bench {
        let bench = try Bench()
        #expect(try await bench.answer("SIGNUP alice \"correct horse\"").reply.code == 250)
        #expect(try await bench.answer("FORGET AFTER=\(days) alice alice").reply.code == 250)
        return bench
    }

    private static func state(_ bench: Bench) async throws -> AccountState? {
        try await bench.store.account(named: "alice")?.state
    }

    @Test("An account is forgotten at the first look after its time, and not before")
    func onTime() async throws {
        let bench = try await Self.bench()
        let looker = Looker(bench)
        await looker.look()
        await looker.pass(Self.day - 60)
        #expect(try await Self.state(bench) == .disabled && looker.events() == [])
        await looker.pass(60)
        #expect(try await Self.state(bench) == .forgotten)
        #expect(looker.events() == [.forgotten("alice", .erased)])
        await looker.pass(120)
        #expect(looker.events() == [])
    }

    @Test("An account whose time came while no server ran is forgotten an hour after the start")
    func afterTheStart() async throws {
        let bench = try await Self.bench()
        bench.clock.advance(3 * Self.day)
        let looker = Looker(bench)
        await looker.look()
        await looker.pass(3540)
        #expect(try await Self.state(bench) == .disabled)
        await looker.pass(60)
        #expect(try await Self.state(bench) == .forgotten)
    }

    @Test("A clock that jumps ahead for less than an hour forgets nothing early")
    func jump() async throws {
        let bench = try await Self.bench(after: 30)
        let looker = Looker(bench)
        await looker.look()
        await looker.pass(7200)
        looker.setClock(by: 40 * Self.day)
        await looker.look()
        #expect(looker.events() == [.clockWasSet])
        await looker.pass(3540)
        looker.setClock(by: -40 * Self.day)
        await looker.pass(7200)
        #expect(looker.events() == [.clockWasSet])
        #expect(try await Self.state(bench) == .disabled)
        await looker.pass(30 * Self.day - 12_000)
        #expect(try await Self.state(bench) == .forgotten)
    }

    @Test("A machine that starts with a clock that is ahead, and corrects it within an hour, forgets nothing early")
    func wrongAtTheStart() async throws {
        let bench = try await Self.bench(after: 30)
        let looker = Looker(bench)
        looker.setClock(by: 40 * Self.day)
        await looker.look()
        await looker.pass(3540)
        looker.setClock(by: -40 * Self.day)
        await looker.pass(7200)
        #expect(try await Self.state(bench) == .disabled)
    }

    @Test("A clock that is behind delays the forgetting")
    func behind() async throws {
        let bench = try await Self.bench()
        let looker = Looker(bench)
        looker.setClock(by: -Self.day)
        await looker.look()
        await looker.pass(Self.day + 3600)
        #expect(try await Self.state(bench) == .disabled)
        await looker.pass(Self.day - 3600)
        #expect(try await Self.state(bench) == .forgotten)
    }

    @Test("A clock that is corrected by less than a minute between two looks counts as steady")
    func drift() async throws {
        let bench = try await Self.bench()
        let looker = Looker(bench)
        await looker.look()
        for _ in 0..<(Self.day / 60) {
            looker.setClock(by: 1)
            await looker.pass(60)
        }
        #expect(looker.events() == [.forgotten("alice", .erased)])
    }

    @Test("An account that was enabled stays")
    func enabled() async throws {
        let bench = try await Self.bench()
        let looker = Looker(bench)
        await looker.look()
        await looker.pass(7200)
        #expect(try await bench.answer("ENABLE alice").reply.code == 250)
        await looker.pass(2 * Self.day)
        #expect(try await Self.state(bench) == .active && looker.events() == [])
    }

    @Test("Of two servers one forgets the account, and its audit log says so")
    func twoServers() async throws {
        let directory = try TemporaryDirectory()
        let key = SigningKey()
        let logs = try ["first", "second"].map { name in
            try AuditLog(path: "\(directory.path)/\(name).log", server: name, key: key, settings: AuditSettings()) {
                _ in
            }
        }
        let bench = try await Self.bench()
        let lookers = zip(logs, ["first", "second"]).map { Looker(bench, audit: AuditTrail($0, server: $1)) }
        for looker in lookers { await looker.look() }
        await lookers[0].pass(3600)
        await lookers[1].look()
        bench.clock.advance(Self.day)
        for looker in lookers { looker.setClock(by: 0) }
        // Each server has seen its clock being set, and then for an hour a steady one.
        for looker in lookers { await looker.pass(3660) }
        var records: [String] = []
        for (log, name) in zip(logs, ["first", "second"]) {
            await log.close()
            let path = "\(directory.path)/\(name).log"
            #expect(try AuditVerifier.verify(path: path, keys: [key.publicKey]).isIntact)
            records += try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
        }
        let forgotten = records.filter { $0.contains("\"verb\":\"FORGET\"") }
        #expect(forgotten.count == 1)
        #expect(
            forgotten.first?.contains(
                "\"who\":\"(server)\",\"from\":\"local\",\"verb\":\"FORGET\",\"args\":{\"name\":\"alice\"},\"code\":250"
            )
                == true, "\(forgotten)")
        #expect(lookers.flatMap { $0.events() }.filter { $0 != .clockWasSet } == [.forgotten("alice", .erased)])
    }
}

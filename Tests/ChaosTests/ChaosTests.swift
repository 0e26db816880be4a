import Foundation
import Synchronization
import TestKit
import Testing

/// A whole site suffers one fault after another, under load. The test prints a line for each fault.
@Suite("Chaos", .serialized, .timeLimit(.minutes(ChaosSettings.current.minutes)))
struct ChaosTests {
    @Test("No acknowledged change is lost while programs and connections fail, and the site recovers")
    func programs() async throws {
        try await ChaosRun.run(try await ChaosSite.onOneMachine(), .current.part(7))
    }

    @Test("No acknowledged change is lost while machines do not reach each other, and the site recovers")
    func machinesAsRoot() async throws {
        let network: Namespaces
        do {
            network = try await Namespaces(ChaosSite.machineNames)
        } catch {
            return ChaosSettings.say("chaos: skipped the faults of networks: \(error)")
        }
        try await ChaosRun.run(try await ChaosSite.onMachines(network), .current.part(3))
    }
}

/// A run: a site, its sessions, and one fault after another.
struct ChaosRun {
    private static let count = 8

    private let site: ChaosSite
    private let settings: ChaosSettings
    private let journal = Journal()
    private let sessions: [Session]
    private let start = ContinuousClock.now
    private var slowest: (took: Duration, fault: String) = (.zero, "none")

    static func run(_ site: ChaosSite, _ settings: ChaosSettings) async throws {
        var run = ChaosRun(site, settings)
        do {
            try await run.runAll()
        } catch {
            // Earlier violations are the likely cause of the error.
            for line in run.journal.violations { Issue.record("\(line)") }
            run.complain("\(error)")
        }
    }

    private init(_ site: ChaosSite, _ settings: ChaosSettings) {
        (self.site, self.settings) = (site, settings)
        let journal = journal
        sessions = (0..<Self.count).map { place in
            Session(place, of: Self.count, on: [site.socket(0), site.socket(1)], seed: settings.seed, journal)
        }
    }

    private mutating func runAll() async throws {
        ChaosSettings.say("chaos: seed \(settings.seed)")
        for session in sessions { try await session.prepare() }
        var numbers = SeededNumbers(seed: settings.seed, stream: 0)
        repeat {
            let round = Fault.round(onMachines: site.network != nil, everywhere: settings.isLong, &numbers)
            for fault in round where settings.wants(fault) && (isGoingOn || !settings.isLong) {
                try await suffer(fault)
            }
        } while settings.isLong && isGoingOn
        try await check(isLast: true)
        for session in sessions { await session.end() }
        let counts = journal.counts
        ChaosSettings.say(
            """
            chaos: \(counts.done) done, \(counts.refused) refused, \(counts.unknown) unknown; slowest recovery \
            \(Self.milliseconds(slowest.took)) ms (\(slowest.fault)); refusals: \(journal.refusals)
            """)
        for line in journal.violations { complain(line) }
    }

    private var isGoingOn: Bool { start.duration(to: .now) < .seconds(settings.seconds ?? 0) }

    // MARK: - One fault

    private mutating func suffer(_ fault: Fault) async throws {
        let before = journal.counts
        var (stoodIn, recovered): (String, (kinds: Duration, sessions: Duration)) = ("", (.zero, .zero))
        try await withLoad { tempo in
            _ = try await recover("before \(fault)")
            tempo.hurry(true)
            try await Task.sleep(for: .milliseconds(100))
            journal.mark()
            try await site.begin(fault)
            tempo.hurry(false)
            if fault.hasSpare {
                journal.mark()
                stoodIn = ", others stood in after \(Self.milliseconds(try await recover("\(fault)").kinds)) ms"
            }
            try await Task.sleep(for: fault.length)
            try await site.heal(fault)
            var failures = journal.failures
            journal.mark()
            recovered = try await recover("after \(fault)")
            failures += journal.failures
            if fault.hasSpare, !fault.mayRefuse, let first = failures.first {
                journal.violated("\(fault): \(failures.count) failed that another server could have answered: \(first)")
            }
        }
        note(recovered.kinds, fault)
        try await site.settle(fault)
        try await check(isLast: false)
        let after = journal.counts
        ChaosSettings.say(
            """
            chaos: \(Int(start.duration(to: .now) / .seconds(1))) s: \(fault): all kinds again after \
            \(Self.milliseconds(recovered.kinds)) ms, all sessions after \(Self.milliseconds(recovered.sessions)) ms\
            \(stoodIn); \(after.done - before.done) done, \(after.refused - before.refused) refused, \
            \(after.unknown - before.unknown) unknown
            """)
    }

    private mutating func note(_ took: Duration, _ fault: Fault) {
        if took > slowest.took { slowest = (took, "\(fault)") }
        if took > settings.patience { journal.violated("\(fault): well again after \(took), not \(settings.patience)") }
    }

    /// Runs `body` while the sessions make requests.
    private func withLoad(_ body: (Tempo) async throws -> Void) async throws {
        let tempo = Tempo()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for session in sessions {
                group.addTask { try await session.work(in: tempo) }
            }
            defer { tempo.end() }
            try await body(tempo)
            tempo.end()
            try await group.waitForAll()
        }
    }

    /// Waits until a request of each kind and a request of each session has succeeded.
    private func recover(_ when: String) async throws -> (kinds: Duration, sessions: Duration) {
        try await found("\(when): \(journal.missing(of: sessions.count))") { journal.recovery(of: sessions.count) }
    }

    private func check(isLast: Bool) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for session in sessions { group.addTask { try await session.check(isLast: isLast) } }
            try await group.waitForAll()
        }
    }

    private func complain(_ line: String) { Issue.record("seed \(settings.seed): \(line)") }

    private static func milliseconds(_ time: Duration) -> Int { Int(time / .milliseconds(1)) }
}

import Foundation
import Glibc
import Synchronization
import TestKit
import Testing

@testable import Audit

@Suite("The records of clients without an account", .timeLimit(.minutes(5)))
struct StrangerTests {
    private final class Clock: Sendable {
        let nanoseconds = Mutex<UInt64>(1 << 40)
        var audit: AuditClock {
            AuditClock(now: { 1_795_529_504_123 }, uptime: { [self] in nanoseconds.withLock { $0 } })
        }
        func advance(_ by: Duration) { nanoseconds.withLock { $0 += by.nanoseconds } }
    }

    /// Leaves the trace of a client without an account in the log: a line or a count.
    private func ask(_ log: AuditLog, from network: String = "192.0.2.0/24", verb: String = "PUBKEY") {
        let isAdmitted = log.admitsStranger(
            server: "keys", from: network, verb: verb, code: 250, time: 1_795_529_504_020, mayWrite: true)
        if isAdmitted { log.append(record(0, who: nil)) }
    }

    private func settings(_ clock: Clock, network: Int? = 2, all: Int? = 5) -> AuditSettings {
        var settings = AuditSettings.test(clock: clock.audit)
        settings.unauthenticated.network = network
        settings.unauthenticated.all = all
        return settings
    }

    @Test("Records beyond the limits are summed up")
    func whatIsOverTheBoundIsSummedUp() async throws {
        let (bench, clock) = (try Bench(), Clock())
        let log = try bench.open(settings(clock))
        for _ in 0..<50 { ask(log) }
        for number in 0..<100 { log.append(record(number)) }
        #expect(log.health.omitted == 10)
        ask(log, verb: "VERIFY")
        // Half a second is worth one line.
        clock.advance(.milliseconds(500))
        ask(log)
        ask(log)
        ask(log, from: "198.51.100.0/24")
        #expect(log.health.omitted == 12)
        clock.advance(.seconds(10))
        try await eventually { (try? bench.text().contains("omitted")) == true }
        // Records that were summed up are not counted again.
        await log.close()
        let report = try bench.verify()
        #expect(report.words == [] && report.omitted == 12 && report.lost == 0)
        let tails = try bench.lines().filter { $0.contains("omitted") }.map { line in
            String(line[line.range(of: "\"omitted\"")!.lowerBound...])
        }
        let since = #""code":250,"since":"2026-11-24T14:11:44.020Z"}"#
        #expect(
            tails == [
                #""omitted":11,"server":"keys","from":"192.0.2.0/24","verb":"PUBKEY",\#(since)"#,
                #""omitted":1,"server":"keys","from":"192.0.2.0/24","verb":"VERIFY",\#(since)"#,
            ])
        #expect(try bench.text().components(separatedBy: "\"who\":null").count == 43)
    }

    @Test("A sum is kept until the disk has room")
    func aSumIsHeldUntilTheDiskHasRoom() async throws {
        let (bench, clock) = (try Bench(), Clock())
        var settings = settings(clock)
        settings.queueBound = 64
        let log = try bench.openOnFullDevice(settings)
        try await eventually { log.health.state == .failing("\(bench.path): No space left on device") }
        #expect(!log.admits && log.admitsReading(by: "alice") && log.admitsReading(by: nil))
        // One account may use a sixteenth of the memory, and strangers none of it.
        for number in 0..<4 { log.append(record(number)) }
        #expect(!log.admitsReading(by: "alice") && log.admitsReading(by: "bob") && log.admitsReading(by: nil))
        for _ in 0..<1000 { ask(log) }
        #expect(log.health.queued == 4 && log.health.omitted == 1000)
        for number in 0..<60 { log.append(record(number, who: "user\(number)")) }
        #expect(log.health.queued == 64 && !log.admitsReading(by: "bob") && !log.admitsReading(by: nil))
        clock.advance(.seconds(10))
        #expect(unlink(bench.path) == 0)
        log.reopen()
        try await eventually { log.health.state == .ok && log.health.queued == 0 }
        #expect(log.admits && !log.admitsReading(by: "alice"))
        await log.close()
        let report = try bench.verify()
        #expect(report.words == [] && report.omitted == 1000 && report.lost == 0)
    }

    /// A file that has vanished is not a full disk. Otherwise, someone who can move it away could hide later commands.
    @Test("No command runs while the file has vanished")
    func nothingIsReadWhereTheFileHasVanished() async throws {
        let bench = try Bench()
        let log = try bench.open()
        try await eventually { log.health.lines == 1 }
        #expect(rename(bench.path, bench.path + ".1") == 0)
        try await eventually { log.health.state == .vanished }
        #expect(!log.admitsReading(by: "alice") && !log.admitsReading(by: nil))
        #expect(rename(bench.path + ".1", bench.path) == 0)
        await log.close()
    }

    @Test("Many networks together are limited, and take limited memory")
    func manyNetworksAreBoundedTogetherAndTakeBoundedMemory() {
        var bounds = UnauthenticatedRateLimits()
        (bounds.network, bounds.all) = (2, 5)
        var lines = UnauthenticatedRateLimiter(bounds, at: 0)
        var written = 0
        for number in 0..<10_000 {
            let record = OmittedRecords(server: "keys", from: "net \(number)", verb: "PUBKEY", code: 250)
            if lines.admits(record, mayWrite: true, at: 0, time: 7) { written += 1 }
        }
        #expect(written == 100 && lines.omitted == 9900)
        let sums = lines.takeSums()
        #expect(sums?.since == 7 && sums?.sums.count == UnauthenticatedRateLimiter.sumBound + 1)
        #expect(sums?.sums.reduce(0) { $0 + $1.count } == 9900)
        #expect(
            sums?.sums.first { $0.0.from == OmittedRecords.others }?.count == 9900 - UnauthenticatedRateLimiter.sumBound
        )
        #expect(lines.takeSums() == nil)
    }
}

import Dispatch
import Foundation
import Glibc
import Seal
import Synchronization
import TestKit
import Testing

@testable import Audit

/// A FIFO without a reader takes as many bytes as the kernel buffers for it, and then no more.
@Suite("An audit log on a disk that hangs", .timeLimit(.minutes(5)))
struct HangTests {
    private func fifo(_ bench: Bench) {
        #expect(mkfifo(bench.path, 0o600) == 0)
    }

    /// Appends records until the writer is stuck in a write, and a whole pipe's worth of records waits.
    private func fill(_ log: AuditLog) {
        for number in 0..<1000 { log.append(record(number, value: String(repeating: "x", count: 200))) }
    }

    /// Reads the FIFO until the condition holds.
    private func drain(_ bench: Bench, until isSo: () -> Bool) async throws {
        let reader = open(bench.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        defer { close(reader) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        try await eventually {
            _ = read(reader, &bytes, bytes.count)
            return isSo()
        }
    }

    @Test("A file that hangs is reported, and so is its recovery")
    func aSinkThatHangsIsNoticedAndItsEndToo() async throws {
        let time = SharedTime()
        let bench = try Bench()
        fifo(bench)
        var settings = AuditSettings.test(clock: time.clock)
        settings.deadline = .seconds(5)
        let log = try bench.open(settings)
        fill(log)
        time.advance(seconds: 5)
        #expect(log.admits)
        time.advance(seconds: 1)
        #expect(!log.admits && log.health.state == .hanging)
        #expect(bench.reported == [.changed(.hanging)])
        log.append(record(1000))
        try await drain(bench) { log.health.queued == 0 && bench.reported.last == .changed(.ok) }
        #expect(log.admits && bench.reported == [.changed(.hanging), .changed(.ok)])
    }

    @Test("A caller that finds the queue full is called when there is room")
    func whoFindsItFullIsToldWhenThereIsRoom() async throws {
        let bench = try Bench()
        fifo(bench)
        let log = try bench.open(.test(queueBound: 500))
        #expect(!log.isMerelyFull)
        fill(log)
        #expect(!log.admits && log.isMerelyFull && log.health.state == .full)
        let admitted = Mutex<[Bool]>([])
        for _ in 0..<2 { log.whenThereIsRoom { admitted.withLock { $0.append(log.admits) } } }
        #expect(admitted.withLock { $0 } == [])
        try await drain(bench) { admitted.withLock { $0.count } == 2 }
        #expect(admitted.withLock { $0 } == [true, true])
        log.whenThereIsRoom { admitted.withLock { $0.append(log.admits) } }
        #expect(admitted.withLock { $0.count } == 3)
    }

    @Test("No caller waits for room without end")
    func nobodyWaitsForRoomForEver() async throws {
        let time = SharedTime()
        let bench = try Bench()
        fifo(bench)
        var settings = AuditSettings.test(queueBound: 500, clock: time.clock)
        settings.deadline = .milliseconds(20)
        let log = try bench.open(settings)
        fill(log)
        await withCheckedContinuation { told in log.whenThereIsRoom { told.resume() } }
        #expect(!log.admits)
        time.advance(seconds: 1)
        #expect(!log.isMerelyFull)
        try await drain(bench) { log.health.queued == 0 }
    }

    @Test("Closing waits for the deadline and no longer")
    func closingWaitsForTheDeadlineAndNoLonger() async throws {
        let bench = try Bench()
        fifo(bench)
        var settings = AuditSettings.test()
        settings.deadline = .milliseconds(20)
        let log = try bench.open(settings)
        fill(log)
        await log.close()
        let left = log.health.queued
        #expect(left > 0 && bench.reported.contains(.abandoned(records: left)))
        log.append(record(0))
        #expect(log.health.lost == 1)
        try await drain(bench) { log.health.queued < left }
    }
}

/// A clock that moves only when the test moves it.
final class SharedTime: Sendable {
    private let uptime = Mutex<UInt64>(1)

    var clock: AuditClock {
        AuditClock(now: { 0 }, uptime: { self.uptime.withLock { $0 } })
    }

    func advance(seconds: UInt64) { uptime.withLock { $0 += seconds * 1_000_000_000 } }
}

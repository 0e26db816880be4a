import Foundation
import Glibc
import Seal
import Synchronization
import TestKit
import Testing

@testable import Audit

@Suite("An audit log on a disk that fails", .timeLimit(.minutes(5)), .serialized)
struct FaultTests {
    @Test("On a full device, records are refused or lost, and a gap counts the lost ones")
    func aFullDeviceRefusesOrLosesAndEndsInAGap() async throws {
        for policy in AuditPolicy.allCases {
            let bench = try Bench()
            let log = try bench.openOnFullDevice(.test(policy, queueBound: 3))
            let reason = "\(bench.path): No space left on device"
            try await eventually { log.health.state == .failing(reason) }
            #expect(log.admits == (policy == .continue))
            for number in 0..<5 { log.append(record(number)) }
            #expect(log.health.queued == 3 && log.health.lost == 2 && log.health.lines == 0)
            #expect(unlink(bench.path) == 0)
            log.reopen()
            try await eventually { log.health.state == .ok && log.health.queued == 0 }
            #expect(log.admits)
            log.append(record(5))
            await log.close()
            let report = try bench.verify()
            #expect(report.words == [] && report.lost == 2 && report.lines == 7)
            // The gap is at the place of the lost records: start, three records, the gap, the last record, stop.
            #expect(try bench.lines()[4].hasSuffix(#","lost":2}"#))
            #expect(bench.reported.contains(.changed(.failing(reason))) && bench.reported.contains(.changed(.ok)))
        }
    }

    /// The process's limit for the size of a file stands for a full disk. It is far above the files of other tests. The
    /// bytes up to the limit are written, and the rest is refused.
    @Test("A full disk leaves no part of a line")
    func noPartOfALineStaysOnAFullDisk() async throws {
        signal(SIGXFSZ, SIG_IGN)
        let size = 1 << 33
        var before = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &before)
        guard before.rlim_cur > size else { return print("skipped: the size of files is limited here") }
        let bench = try Bench()
        try await bench.write(1)
        let front = size - 1000
        let end = try bench.bytes()
        try bench.put(lines: [try bench.lines()[0]])
        #expect(truncate(bench.path, front - end.count) == 0 && unlink(bench.head) == 0)
        let file = try FileHandle(forUpdating: URL(filePath: bench.path))
        try file.seekToEnd()
        try file.write(contentsOf: Data(end))
        var limit = rlimit(rlim_cur: rlim_t(size), rlim_max: before.rlim_max)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        defer { setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &before) }

        let log = try bench.open(.test(.continue, queueBound: 2))
        let reason = "\(bench.path): File too large"
        var appended = 0
        try await eventually {
            if log.health.queued == 0 { log.append(record(appended)) }
            appended = log.health.queued == 0 ? appended : appended + 1
            return log.health.state == .failing(reason)
        }
        while log.health.lost == 0 { log.append(record(0)) }
        let stuck = try tail(file, from: front)
        #expect(stuck.isEmpty || stuck.last == UInt8(ascii: "\n"))
        #expect(stuck.count <= 1000 && log.health.lines > 0 && log.health.state == .failing(reason))

        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &before)
        try await eventually { log.health.state == .ok && log.health.queued == 0 }
        await log.close()
        try bench.put(end + tail(file, from: front))
        let report = try bench.verify()
        #expect(report.words == [] && report.lost == 1)
        try file.close()
    }

    private func tail(_ file: FileHandle, from place: Int) throws -> [UInt8] {
        try file.seek(toOffset: UInt64(place))
        return Array(try file.readToEnd() ?? Data())
    }

    @Test("A file that vanished is reported until it is back")
    func aVanishedFileIsNoticedUntilItIsBack() async throws {
        for policy in AuditPolicy.allCases {
            let bench = try Bench()
            let log = try bench.open(.test(policy))
            try await eventually { log.health.lines == 1 }
            #expect(rename(bench.path, bench.path + ".1") == 0)
            try await eventually { log.health.state == .vanished }
            #expect(log.admits == (policy == .continue))
            log.append(record(0))
            log.checkFile()
            #expect(log.health.queued == 1)
            #expect(rename(bench.path + ".1", bench.path) == 0)
            try await eventually { log.health.state == .ok && log.health.queued == 0 }
            #expect(log.admits)
            // Another file at the same path is not the log's file.
            #expect(unlink(bench.path) == 0)
            try bench.put([])
            try await eventually { log.health.state == .vanished }
            log.append(record(1))
            log.reopen()
            try await eventually { log.health.state == .ok && log.health.queued == 0 }
            await log.close()
            let report = try bench.verify()
            #expect(report.words == [] && report.continues?.seq == 3 && report.lines == 3)
        }
    }

    @Test("A file that was cut while in use is reported")
    func aFileThatIsCutInUseIsNoticed() async throws {
        let bench = try Bench()
        let log = try bench.open()
        for number in 0..<2 { log.append(record(number)) }
        try await log.written()
        let whole = try bench.bytes()
        #expect(truncate(bench.path, whole.lastIndex(of: UInt8(ascii: "{"))!) == 0)
        try await eventually { log.health.state == .vanished }
        log.reopen()
        try await eventually { log.health.state == .ok }
        await log.close()
        #expect(try !bench.verify().isIntact)
    }

    @Test("A full queue refuses or loses records")
    func aFullQueueRefusesOrLoses() async throws {
        let bench = try Bench()
        let log = try bench.open(.test(queueBound: 2))
        try await eventually { log.health.lines == 1 }
        #expect(rename(bench.path, bench.path + ".1") == 0)
        try await eventually { log.health.state == .vanished }
        for number in 0..<4 { log.append(record(number)) }
        #expect(log.health.queued == 2 && log.health.lost == 2)
        #expect(rename(bench.path + ".1", bench.path) == 0)
        await log.close()
        let report = try bench.verify()
        #expect(report.words == [] && report.lost == 2)
        log.append(record(4))
        #expect(log.health.lost == 3 && log.health.queued == 0)
    }
}

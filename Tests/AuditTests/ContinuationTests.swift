import Foundation
import Glibc
import Seal
import TestKit
import Testing

@testable import Audit

@Suite("The continuation of an audit log", .timeLimit(.minutes(5)))
struct ContinuationTests {
    private func failure(_ bench: Bench) -> AuditError.Cause? {
        do {
            _ = try bench.open()
            return nil
        } catch {
            return (error as? AuditError)?.cause
        }
    }

    @Test("A restart continues the chain")
    func restartContinuesTheChain() async throws {
        let bench = try Bench()
        for _ in 0..<3 { try await bench.write(2) }
        let report = try bench.verify()
        #expect(report.words == [] && report.lines == 12 && report.last?.seq == 12 && report.unsealed == 0)
    }

    /// The file is so large that its middle cannot be read in the time limit.
    @Test("A restart reads only the first line and the end of the file")
    func restartReadsOnlyTheTail() async throws {
        let bench = try Bench()
        try await bench.write(3)
        let end = try bench.bytes()
        try bench.put(lines: [try bench.lines()[0]])
        #expect(truncate(bench.path, 1 << 34) == 0)
        let file = try FileHandle(forUpdating: URL(filePath: bench.path))
        try file.seekToEnd()
        try file.write(contentsOf: Data([UInt8(ascii: "\n")] + end))
        try file.close()
        let log = try bench.open()
        try await eventually { log.health.lines == 1 }
        #expect(log.health.checkpoint?.seq == 6)
        await log.close()
    }

    @Test("The beginning of an incomplete line is kept as evidence")
    func everyIncompleteLineIsKeptAsEvidence() async throws {
        let bench = try Bench()
        try await bench.write(1)
        let whole = try bench.bytes()
        let line = Array(try bench.lines()[1].utf8)
        for count in 1...line.count {
            try bench.put(whole + line[..<count])
            #expect(try bench.verify().words == ["line 4 is incomplete: \(count) bytes and no line end"])
            let log = try bench.open()
            await log.close()
            let report = try bench.verify()
            #expect(report.words == [] && report.recovered == 1 && report.lines == 6)
            let kept = Data(line[..<count]).base64EncodedString().replacing("=", with: "")
                .replacing("+", with: "-").replacing("/", with: "_")
            #expect(try bench.lines()[3].hasSuffix(#","recovered":"\#(kept)","bytes":\#(count)}"#))
            #expect(bench.reported.last == .recovered(bytes: count))
            try Data(whole[(whole.dropLast().lastIndex(of: 10)! + 1)...]).write(to: URL(filePath: bench.head))
        }
    }

    @Test("A file with other contents is refused")
    func aFileOfSomethingElseIsRefused() async throws {
        let bench = try Bench()
        try bench.put(lines: ["root:x:0:0"])
        #expect(failure(bench) == .foreign)
        #expect(try bench.text() == "root:x:0:0\n")
        let error = AuditError(path: bench.path, cause: .foreign)
        #expect("\(error)".hasPrefix(bench.path + ": ") && !"\(error)".contains("\n"))
        try await Bench().write(1)
        try bench.put(lines: [#"{"seq":1,"time":"2026-11-24T14:11:44.123Z","prev":"","lost":01}"#])
        #expect(failure(bench) == .foreign)
    }

    @Test("A second process cannot open the log")
    func aSecondOpenerIsRefused() async throws {
        let bench = try Bench()
        let log = try bench.open()
        #expect(failure(bench) == .inUse)
        await log.close()
        #expect(failure(bench) == nil && !log.admits)
    }

    @Test("A log without its head's checkpoint is not continued")
    func nothingGoesOnWhereACheckpointWasCutOff() async throws {
        let bench = try Bench()
        try await bench.write(3, .test(checkpointLines: 2))
        let lines = try bench.lines()
        for count in 1..<lines.count {
            try bench.put(lines: Array(lines[..<count]))
            #expect(failure(bench) == .cutOff(seq: 6))
        }
        // The checkpoint is replaced by another line of the same length.
        try bench.put(lines: lines[..<5] + [lines[5].replacing("stop", with: "start")])
        #expect(failure(bench) == .cutOff(seq: 6))
        try bench.put(lines: lines)
        #expect(failure(bench) == nil)
    }

    @Test("A head that is not a checkpoint is refused")
    func aHeadThatIsNoneIsRefused() async throws {
        let bench = try Bench()
        try await bench.write(1)
        let head = try bench.text(bench.head)
        for wrong in ["", "x\n", head.replacing("stop", with: "start"), head + head] {
            try Data(wrong.utf8).write(to: URL(filePath: bench.head))
            #expect(failure(bench) == .badHead)
            #expect(try !bench.verify().isIntact)
        }
    }

    @Test("A missing head is reported")
    func aHeadThatIsGoneIsToldOf() async throws {
        let bench = try Bench()
        try await bench.write(1)
        #expect(!bench.reported.contains(.headMissing) && unlink(bench.head) == 0)
        #expect(try !bench.verify().hasHead)
        try await bench.write(1)
        #expect(bench.reported.contains(.headMissing))
        #expect(try bench.verify().words == [] && bench.verify().hasHead)
    }

    @Test("A log that was moved away while stopped is continued")
    func aLogMovedAwayWhileStoppedIsContinued() async throws {
        let bench = try Bench()
        try await bench.write(1)
        #expect(rename(bench.path, bench.path + ".1") == 0)
        try await bench.write(1)
        let (first, second) = (try bench.verify(bench.path + ".1"), try bench.verify())
        #expect(first.words == [] && !first.hasHead && second.words == [])
        #expect(second.continues == first.last && second.last?.seq == 6)
    }

    @Test("Reopening continues the log in a new file")
    func reopeningGoesOnInANewFile() async throws {
        let bench = try Bench()
        let log = try bench.open()
        log.append(record(0))
        try await log.written()
        #expect(rename(bench.path, bench.path + ".1") == 0)
        log.reopen()
        try await eventually { bench.reported.contains(.reopened) }
        log.append(record(1))
        await log.close()
        let (first, second) = (try bench.verify(bench.path + ".1"), try bench.verify())
        #expect(first.words == [] && first.lines == 3 && first.unsealed == 0)
        #expect(try bench.lines(bench.path + ".1")[2].contains(#""checkpoint":"reopen""#))
        #expect(second.words == [] && second.continues == first.last && second.lines == 3)
        let expected = try #require(first.checkpoint)
        #expect(try bench.verify(contains: expected).words == [])
    }

    @Test("While a file is being replaced, records wait and no command is refused")
    func replacement() async throws {
        let bench = try Bench()
        let log = try bench.open(.test(moveTime: .seconds(600)))
        try await eventually { log.health.lines == 1 }
        #expect(rename(bench.path, bench.path + ".1") == 0)
        for number in 0..<100 {
            log.append(record(number))
            log.checkFile()
            #expect(log.admits && log.health.state == .ok)
        }
        log.reopen()
        try await log.written()
        #expect(log.admits && bench.reported == [.reopened])
        await log.close()
        let (first, second) = (try bench.verify(bench.path + ".1"), try bench.verify())
        #expect(first.words == [] && second.words == [] && second.continues == first.last)
        #expect(first.lines + second.lines == 100 + 4)
    }

    @Test("A file that was removed is not being replaced", arguments: ["removed", "replaced"])
    func removal(_ kind: String) async throws {
        let bench = try Bench()
        let log = try bench.open(.test(moveTime: .seconds(600)))
        try await eventually { log.health.lines == 1 }
        if kind == "removed" {
            #expect(unlink(bench.path) == 0)
        } else {
            #expect(rename(bench.path, bench.path + ".1") == 0)
            try bench.put([])
        }
        try await eventually { log.health.state == .vanished }
        #expect(!log.admits)
        await log.close()
    }

    @Test("Reopening the same file writes a checkpoint")
    func reopeningTheSameFileIsACheckpoint() async throws {
        let bench = try Bench()
        let log = try bench.open()
        log.append(record(0))
        try await log.written()
        log.reopen()
        try await eventually { log.health.lines == 3 }
        #expect(try bench.lines()[2].contains(#""checkpoint":"reopen""#))
        await log.close()
        #expect(try bench.verify().words == [])
    }

    @Test("Reopening does not continue the log in a file with other contents")
    func reopeningDoesNotGoOnInAFileOfSomethingElse() async throws {
        let bench = try Bench()
        let log = try bench.open()
        try await eventually { log.health.lines == 1 }
        #expect(rename(bench.path, bench.path + ".1") == 0)
        try bench.put(lines: ["something else"])
        log.reopen()
        let reason = AuditError(path: bench.path, cause: .notEmpty).description
        try await eventually { log.health.state == .failing(reason) }
        #expect(!log.admits && unlink(bench.path) == 0)
        try await eventually { log.health.state == .ok }
        await log.close()
        #expect(try bench.verify().words == [])
    }
}

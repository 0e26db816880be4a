import Audit
import Foundation
import Seal
import Signing
import TestKit
import Testing

@Suite("Tampering with an audit log", .timeLimit(.minutes(5)))
struct TamperTests {
    /// Returns a log with its head: start, two records, a checkpoint, and one record that is not sealed.
    private func unsealed() async throws -> Bench {
        let bench = try Bench()
        let log = try bench.open(.test(checkpointLines: 2))
        for number in 0..<3 { log.append(record(number)) }
        try await log.written()
        try await eventually { (try? bench.verify().hasHead) == true && (try? bench.verify().words) == [] }
        let (file, head) = (try bench.bytes(), try bench.bytes(bench.head))
        await log.close()
        try bench.put(file)
        try Data(head).write(to: URL(filePath: bench.head))
        let report = try bench.verify()
        #expect(report.words == [] && report.lines == 5 && report.unsealed == 1 && report.checkpoint?.seq == 4)
        return bench
    }

    @Test("Every changed byte of a sealed file is found")
    func everyChangedByteOfASealedFileIsFound() async throws {
        let bench = try Bench()
        try await bench.write(2)
        let whole = try bench.bytes()
        for place in whole.indices {
            var changed = whole
            changed[place] ^= 1
            try bench.put(changed)
            #expect(try !bench.verify().isIntact, "byte \(place)")
        }
    }

    /// The lines after the last checkpoint are chained. Only the content of the last line is not bound by anything.
    @Test("Every changed byte before the last line is found")
    func everyChangedByteBeforeTheLastLineIsFound() async throws {
        let bench = try await unsealed()
        let whole = try bench.bytes()
        let lastLine = whole.dropLast().lastIndex(of: UInt8(ascii: "\n"))!
        for place in 0...lastLine {
            var changed = whole
            changed[place] ^= 1
            try bench.put(changed)
            #expect(try !bench.verify().isIntact, "byte \(place)")
        }
        try bench.put(whole)
        let lines = try bench.lines()
        try bench.put(lines: lines.dropLast() + [lines.last!.replacing("bob", with: "bod")])
        #expect(try bench.verify().isIntact)
    }

    @Test("Any line that is removed, doubled, or swapped is found")
    func anyLineRemovedDoubledOrSwappedIsFound() async throws {
        let bench = try Bench()
        try await bench.write(3, .test(checkpointLines: 2))
        let lines = try bench.lines()
        for place in lines.indices {
            var changed = lines
            changed.remove(at: place)
            try bench.put(lines: changed)
            // Without its first line, the file looks like a later file of a log.
            if place == 0 {
                #expect(try bench.verify().continues?.seq == 1)
            } else {
                #expect(try !bench.verify().isIntact, "line \(place + 1) removed")
            }
            try bench.put(lines: Array(lines[...place]) + Array(lines[place...]))
            #expect(try !bench.verify().isIntact, "line \(place + 1) doubled")
            guard place > 0 else { continue }
            changed = lines
            changed.swapAt(place - 1, place)
            try bench.put(lines: changed)
            #expect(try !bench.verify().isIntact, "lines \(place) and \(place + 1) swapped")
        }
    }

    @Test("Findings are described in words")
    func findingsAreInWords() async throws {
        let bench = try Bench()
        try await bench.write(5)
        let lines = try bench.lines()
        try bench.put(lines: Array(lines[..<2] + lines[4...]))
        #expect(try bench.verify().words == ["lines are missing before line 3: seq 3 to 4"])
        try bench.put(lines: Array(lines[..<2] + [lines[3], lines[2]] + lines[4...]))
        #expect(try bench.verify().words.contains("line 4 is out of order: seq 3 after 4"))
        try bench.put(lines: Array(lines[..<2] + ["hello"] + lines[2...]))
        #expect(try bench.verify().words == ["line 3 is not a line of an audit log"])
        try bench.put(lines: lines[..<6] + [lines[6].replacing("\"stop\"", with: "\"start\"")])
        #expect(try bench.verify().words.first == "line 7 has a bad signature")
        try bench.put(lines: lines[..<6] + [lines[0]])
        #expect(try bench.verify().words.first == "line 7 is out of order: seq 1 after 6")
        try bench.put(lines: lines + [String(repeating: "x", count: 2 << 20)])
        #expect(try bench.verify().words == ["line 8 is too long for a line of an audit log"])
    }

    @Test("The head shows a cut at any place")
    func cutAnywhereIsFoundByTheHead() async throws {
        let bench = try Bench()
        try await bench.write(2)
        let whole = try bench.bytes()
        for count in whole.indices {
            try bench.put(Array(whole[..<count]))
            #expect(try bench.verify().words.last == "cut off: checkpoint seq 4 is missing", "\(count) bytes")
        }
    }

    /// After the last checkpoint, whole lines can be removed, and nothing else.
    @Test("After the last checkpoint, only whole lines can be removed unnoticed")
    func cutAfterTheLastCheckpointLeavesOnlyWholeLines() async throws {
        let bench = try await unsealed()
        let whole = try bench.bytes()
        let ends = whole.indices.filter { whole[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
        for count in whole.indices {
            try bench.put(Array(whole[..<count]))
            #expect(try bench.verify().isIntact == ends[3...].contains(count), "\(count) bytes")
        }
    }

    @Test("An auditor who has noted a later checkpoint finds an earlier state of both files")
    func earlierStateWithItsHeadIsFoundByWhoNotedALaterOne() async throws {
        let bench = try Bench()
        try await bench.write(2)
        let (file, head) = (try bench.bytes(), try bench.bytes(bench.head))
        try await bench.write(2)
        let noted = try #require(try bench.verify().checkpoint)
        #expect(try bench.verify(contains: noted).isIntact)
        try bench.put(file)
        try Data(head).write(to: URL(filePath: bench.head))
        #expect(try bench.verify().isIntact)
        #expect(
            try bench.verify(contains: noted).words
                == ["the line of seq \(noted.seq) with the hash expected is missing"])
    }

    @Test("Checkpoints of another key are unknown")
    func anotherKeysCheckpointsAreUnknown() async throws {
        let bench = try Bench()
        try await bench.write(1)
        let report = try AuditVerifier.verify(path: bench.path, keys: [SigningKey().publicKey])
        let id = bench.key.publicKey.id
        #expect(
            report.words == [
                "the head is signed with an unknown key", "line 1 is signed with an unknown key, \(id)",
                "line 3 is signed with an unknown key, \(id)",
            ])
        #expect(report.checkpoint == nil && report.unsealed == 3)
    }

    @Test("The number of findings is limited")
    func findingsAreBounded() async throws {
        let bench = try Bench()
        try bench.put(lines: [String](repeating: "x", count: 1000))
        let report = try bench.verify()
        #expect(report.findingCount == 1000 && report.findings.count == AuditReport.findingBound)
    }
}

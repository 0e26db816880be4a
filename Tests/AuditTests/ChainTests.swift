import Audit
import Foundation
import Seal
import Signing
import Synchronization
import TestKit
import Testing

@Suite("The chain of an audit log", .timeLimit(.minutes(5)))
struct ChainTests {
    @Test("A log that was written verifies")
    func whatIsWrittenVerifies() async throws {
        let bench = try Bench()
        try await bench.write(7, .test(checkpointLines: 3))
        let report = try bench.verify()
        #expect(report.words == [])
        // The lines are start, three records, a checkpoint, three records, a checkpoint, a record, and stop.
        #expect(report.lines == 11 && report.unsealed == 0 && report.continues == nil && report.hasHead)
        #expect(report.last?.seq == 11 && report.checkpoint == report.last)
        let places = try bench.lines().enumerated().filter { $0.element.contains("\"checkpoint\":") }.map(\.offset)
        #expect(places == [0, 4, 8, 10])
        #expect(try bench.lines(bench.head) == [bench.lines()[10]])
    }

    /// The example of the format. Its time is from GNU date: `date -u -d '2026-11-24 14:11:44.123' +%s%3N`.
    @Test("A record has the form that the format describes")
    func aRecordIsWrittenAsTheFormatSays() async throws {
        let bench = try Bench()
        try await bench.write(1)
        let line = try bench.lines()[1]
        #expect(line.hasPrefix(#"{"seq":2,"time":"2026-11-24T14:11:44.123Z","prev":""#))
        let rest =
            #"","server":"keys","who":"alice","from":"192.0.2.1:4711","verb":"ENCRYPT","#
            + #""args":{"name":"bob","message":"64 bytes"},"code":250,"enhanced":"2.0.0","us":213}"#
        #expect(line.hasSuffix(rest))
        let identity = try #require(try bench.verify().identity)
        let start = #""prev":"","checkpoint":"start","log":"keys","id":"\#(identity.id)","#
        #expect(try bench.lines()[0].contains(start + #""key":"\#(bench.key.publicKey.id)","#))
    }

    @Test("The files of a log belong to their owner alone")
    func filesAreTheOwnersAlone() async throws {
        let bench = try Bench()
        try await bench.write(1)
        for file in [bench.path, bench.head] {
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test("Missing values are written as null")
    func whatIsNotThereIsNull() async throws {
        let bench = try Bench()
        let log = try bench.open()
        log.append(record(0, who: nil))
        await log.close()
        #expect(try bench.lines()[1].contains(#""who":null,"#))
        #expect(try bench.lines()[1].contains(#""enhanced":null,"#))
        #expect(try bench.verify().words == [])
    }

    @Test("No control character reaches the file")
    func noControlCharacterReachesTheFile() async throws {
        let bench = try Bench()
        let value = "a\n\u{1B}[31m\u{7F}\u{85}\u{202E}\u{2066}\u{2028}\"\\é漢😀"
        let log = try bench.open()
        log.append(record(0, value: value))
        await log.close()
        let line = try bench.lines()[1]
        #expect(line.contains(#""a\u000a\u001b[31m\u007f\u0085\u202e\u2066\u2028\"\\é漢😀""#))
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        #expect((object?["args"] as? [String: String])?["message"] == value)
        #expect(try bench.verify().words == [])
    }

    @Test("There is room for all escapes in all values")
    func thereIsRoomForWhatEscapingAddsEverywhere() async throws {
        let bench = try Bench()
        let long = String(repeating: "\u{1}", count: 300)
        // A server's name is written without escapes.
        let server = String(repeating: "k", count: 300)
        let log = try bench.open(as: server)
        log.append(
            AuditRecord(
                time: 0, actor: AuditActor(server: server, who: long, from: long), verb: long,
                arguments: [(long, .text(long)), ("b" + long, .text(long)), ("", .text("")), ("m", .message(.max))],
                code: .max, enhanced: long,
                microseconds: .max, request: .init(link: .max, lane: .max, number: .max)))
        await log.close()
        let object = try JSONSerialization.jsonObject(with: Data(try bench.lines()[1].utf8)) as? [String: Any]
        #expect(object?["server"] as? String == server)
        for member in ["who", "from", "verb", "enhanced"] { #expect(object?[member] as? String == long) }
        #expect(
            object?["args"] as? [String: String] == [
                long: long, "b" + long: long, "": "", "m": "9223372036854775807 bytes",
            ])
        #expect(object?["code"] as? Int == .max && object?["us"] as? Int64 == .max)
        #expect(object?["request"] as? String == "ffffffff-18446744073709551615-18446744073709551615")
        #expect(try bench.verify().words == [])
    }

    /// The times are from GNU date: `date -u -d @1709210096 +%Y-%m-%dT%H:%M:%S`. A time out of range becomes the
    /// nearest one in it.
    @Test(
        "A time is in UTC with milliseconds",
        arguments: [
            (1_709_210_096_789, "2024-02-29T12:34:56.789"), (951_782_399_000, "2000-02-28T23:59:59.000"),
            (-1, "1969-12-31T23:59:59.999"), (-2_203_891_200_001, "1900-02-28T23:59:59.999"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999"), (.max, "9999-12-31T23:59:59.999"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000"), (.min, "0000-01-01T00:00:00.000"),
        ] as [(Int64, String)])
    func aTimeIsInUTCWithMilliseconds(time: Int64, text: String) async throws {
        let bench = try Bench()
        let log = try bench.open()
        log.append(
            AuditRecord(
                time: time, actor: AuditActor(server: "keys", who: nil, from: "local"), verb: "NOOP", arguments: [],
                code: 250,
                enhanced: nil, microseconds: 0))
        await log.close()
        #expect(try bench.lines()[1].hasPrefix("{\"seq\":2,\"time\":\"\(text)Z\","))
        #expect(try bench.lines()[1].hasSuffix(#","verb":"NOOP","args":{},"code":250,"enhanced":null,"us":0}"#))
    }

    @Test("A record may have the name of its request")
    func aRecordMayHaveTheNameOfItsRequest() async throws {
        let bench = try Bench()
        for name in [AuditRecord.RequestID(link: 0xBAD_CAFE, lane: 17, number: 3), nil] {
            let log = try bench.open()
            log.append(
                AuditRecord(
                    time: 0, actor: AuditActor(server: "keys", who: nil, from: "local"), verb: "NOOP",
                    arguments: [], code: 250,
                    enhanced: nil, microseconds: 0, request: name))
            await log.close()
        }
        let records = try bench.lines().filter { $0.contains("NOOP") }
        #expect(records.count == 2)
        #expect(records[0].hasSuffix(#""us":0,"request":"0badcafe-17-3"}"#))
        #expect(records[1].hasSuffix(#""us":0}"#))
        #expect(try bench.verify().words == [])
    }

    @Test("Checkpoints come after their interval, if there are new lines")
    func checkpointsComeByTimeWhenSomethingIsNew() async throws {
        let uptime = Mutex<UInt64>(1)
        let clock = AuditClock(now: { 0 }, uptime: { uptime.withLock { $0 } })
        let bench = try Bench()
        let log = try bench.open(.test(clock: clock))
        log.append(record(0))
        try await eventually { log.health.lines == 2 }
        #expect(log.health.checkpoint?.seq == 1)
        uptime.withLock { $0 += 60_000_000_000 }
        try await eventually { log.health.lines == 3 }
        #expect(log.health.checkpoint?.seq == 3)
        // There are no new lines, so the next line is the record and not a checkpoint.
        uptime.withLock { $0 += 60_000_000_000 - 1 }
        log.append(record(1))
        try await eventually { log.health.lines == 4 }
        #expect(log.health.checkpoint?.seq == 3)
        await log.close()
        #expect(try bench.lines()[2].contains(#""time":"1970-01-01T00:00:00.000Z""#))
        #expect(try bench.verify().words == [])
    }

    @Test("Many threads can append at the same time")
    func manyWriteAtOnce() async throws {
        let bench = try Bench()
        let log = try bench.open()
        await withTaskGroup { group in
            for task in 0..<8 {
                group.addTask { for number in 0..<500 { log.append(record(task * 500 + number)) } }
            }
        }
        await log.close()
        let report = try bench.verify()
        #expect(report.words == [] && report.lines == 4000 + 4 + 2)
    }
}

import Audit
import Foundation
import Glibc
import Seal
import Signing
import Synchronization
import TestKit

/// A directory with the path of a log in it, the key that signs the log, and the events that it has reported.
final class Bench: Sendable {
    let key: SigningKey
    private let directory: TemporaryDirectory
    private let events = Mutex<[AuditEvent]>([])

    init(key: SigningKey = SigningKey()) throws {
        self.key = key
        directory = try TemporaryDirectory()
    }

    var path: String { directory.path + "/audit.log" }
    var head: String { path + ".head" }
    var reported: [AuditEvent] { events.withLock { $0 } }

    func open(_ settings: AuditSettings = .test(), as server: String = "keys") throws -> AuditLog {
        try AuditLog(path: path, server: server, key: key, settings: settings) { event in
            self.events.withLock { $0.append(event) }
        }
    }

    /// Opens the log, appends `records` records, and closes it.
    func write(_ records: Int, _ settings: AuditSettings = .test()) async throws {
        let log = try open(settings)
        for number in 0..<records { log.append(record(number)) }
        await log.close()
    }

    func verify(_ file: String? = nil, server: String? = nil, contains: AuditPoint? = nil) throws -> AuditReport {
        try AuditVerifier.verify(path: file ?? path, keys: [key.publicKey], server: server, contains: contains)
    }

    /// Returns the lines of a file that ends in a line end.
    func lines(_ file: String? = nil) throws -> [String] {
        var lines = try text(file).components(separatedBy: "\n")
        guard lines.removeLast().isEmpty else { throw Mismatch("the last line is incomplete") }
        return lines
    }

    func text(_ file: String? = nil) throws -> String { String(decoding: try bytes(file), as: UTF8.self) }

    func bytes(_ file: String? = nil) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: file ?? path)))
    }

    func put(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(filePath: path)) }

    func put(lines: [String]) throws { try put(Array(lines.map { $0 + "\n" }.joined().utf8)) }
}

extension AuditSettings {
    /// Returns settings with a short interval between attempts and a long deadline. A file that is moved away is missed
    /// at once.
    static func test(
        _ policy: AuditPolicy = .refuse, queueBound: Int = 65_536, checkpointLines: Int = 1000,
        moveTime: Duration = .zero, clock: AuditClock = .system
    ) -> AuditSettings {
        AuditSettings(
            policy: policy, queueBound: queueBound, deadline: .seconds(30), checkpointLines: checkpointLines,
            retry: .milliseconds(5), moveTime: moveTime, clock: clock)
    }
}

func record(_ number: Int, who: String? = "alice", value: String = "64 bytes") -> AuditRecord {
    AuditRecord(
        time: 1_795_529_504_123 + Int64(number),
        actor: AuditActor(server: "keys", who: who, from: "192.0.2.1:4711"), verb: "ENCRYPT",
        arguments: [("name", .text("bob")), ("message", .text(value))], code: 250, enhanced: who == nil ? nil : "2.0.0",
        microseconds: 213)
}

extension AuditLog {
    /// Waits until all appended records are in the file.
    func written() async throws { try await eventually { health.queued == 0 } }
}

extension AuditReport {
    var words: [String] { findings.map(\.words) }
}

extension Bench {
    /// Opens a log on a device that is full.
    func openOnFullDevice(_ settings: AuditSettings) throws -> AuditLog {
        FullDevice.make(at: path)
        return try FullDevice.opening { () throws -> AuditLog? in
            do {
                return try open(settings)
            } catch let error as AuditError where error.cause == .inUse {
                return nil
            }
        }
    }
}

import Audit
import Glibc
import NIOCore
import Store
import Synchronization
import Wire

/// Writes requests and the codes of their answers to the audit log. Secrets and the contents of messages are left
/// out.
package final class AuditTrail: Sendable {
    private static let longestValue = 256

    private let log: AuditLog
    private let server: String
    private let room: HeadRoom?
    private let clock = WallClock()

    /// Creates a trail that writes to a log.
    ///
    /// - Parameters:
    ///   - server: The name of the server in the log.
    ///   - room: Tells whether the disk has room for records of clients without an account; nil if the room is not
    ///     checked.
    package init(_ log: AuditLog, server: String, room: HeadRoom? = nil) {
        self.log = log
        self.server = server
        self.room = room
    }

    /// Whether commands may run. `now` is a reading of the monotonic clock, in nanoseconds.
    func admits(at now: UInt64) -> Bool { log.admits(at: now) }

    /// Whether commands that change nothing may run while other commands may not. `who` is the account; nil for a
    /// client without one.
    func admitsReading(by who: String?) -> Bool { log.admitsReading(by: who) }

    /// Calls `go` when the log may have room again, or when waiting no longer helps.
    ///
    /// - Returns: false if waiting does not help. In that case `go` is not called.
    func waitForRoom(_ go: @escaping @Sendable () -> Void) -> Bool {
        guard log.isMerelyFull else { return false }
        log.whenThereIsRoom(go)
        return true
    }

    /// Records a request and its answer.
    ///
    /// - Parameters:
    ///   - who: The account that issued the command; nil for a client without one.
    ///   - took: The answer time, in nanoseconds.
    ///   - now: The reading of the monotonic clock when the request was answered, in nanoseconds.
    func note(
        _ request: Request, from caller: Caller, by who: String?, _ answer: Answer, took: Int64, at now: UInt64
    ) {
        let time = (clock.time(at: now) - took) / 1_000_000
        // Records of clients without an account are bounded. Records of users and operators are not.
        guard who != nil || admitsStranger(request, from: caller, answer, time: time) else { return }
        let name = request.id.map { AuditRecord.RequestID(link: $0.link, lane: $0.lane.number, number: $0.number) }
        log.append(
            AuditRecord(
                time: time, actor: actor(who, caller), verb: request.spec.name,
                arguments: Self.arguments(of: request), code: answer.code, enhanced: answer.enhanced,
                microseconds: took / 1000, request: name),
            at: now)
    }

    /// Records the rotation of a key because of its age, as a command of its account from the server itself.
    package func noteRotation(of key: AccountKey) {
        let now = NIODeadline.now().uptimeNanoseconds
        let arguments: [(name: String, value: AuditRecord.Value)] = [
            ("purpose", .text(key.purpose.rawValue)), ("version", .text("\(key.version)")),
        ]
        log.append(
            AuditRecord(
                time: clock.time(at: now) / 1_000_000,
                actor: AuditActor(server: server, who: key.account, from: "server"),
                verb: "ROTATE", arguments: arguments, code: 250, enhanced: "2.0.0", microseconds: 0, request: nil),
            at: now)
    }

    /// Records that the server has forgotten an account whose time had come. `start` and `end` are readings of the
    /// monotonic clock, in nanoseconds.
    func noteForgotten(_ name: String, from start: UInt64, to end: UInt64) {
        let took = Int64(end - min(start, end))
        log.append(
            AuditRecord(
                time: (clock.time(at: end) - took) / 1_000_000,
                actor: AuditActor(server: server, who: "(server)", from: "local"), verb: "FORGET",
                arguments: [("name", .text(name))], code: 250, enhanced: "2.0.0", microseconds: took / 1000),
            at: end)
    }

    private func actor(_ who: String?, _ caller: Caller) -> AuditActor {
        if let known = caller.laneContext?.actor, known.who == who, known.from == caller.peer { return known }
        let new = AuditActor(server: server, who: who, from: caller.peer)
        caller.laneContext?.isWritten(as: new)
        return new
    }

    private func admitsStranger(_ request: Request, from caller: Caller, _ answer: Answer, time: Int64) -> Bool {
        log.admitsStranger(
            server: server, from: Network(peer: caller.peer).description, verb: request.spec.name,
            code: answer.code, time: time, mayWrite: room?.isLow != true)
    }

    /// Returns the arguments of a request, with their labels. Secrets are left out, and a message is replaced by its
    /// size.
    private static func arguments(of request: Request) -> [(name: String, value: AuditRecord.Value)] {
        let (parameters, values) = (request.parameters, request.values)
        guard !parameters.isEmpty else { return [] }
        var arguments: [(name: String, value: AuditRecord.Value)] = []
        arguments.reserveCapacity(parameters.count)
        for index in parameters.indices {
            guard let value = values[index] else { continue }
            switch parameters[index].type {
            case .secret: break
            case .message, .sealed: arguments.append((parameters[index].label, .message(value.count)))
            case .word, .name, .names: arguments.append((parameters[index].label, .text(shown(value))))
            }
        }
        return arguments
    }

    private static func shown(_ value: ArgumentValue) -> String {
        switch value {
        case .name(let name): return name.description
        case .names(let names) where names.count == 1: return names[0].description
        case .bytes, .names: break
        }
        let bytes = value.bytes
        guard bytes.readableBytes > longestValue else { return String(buffer: bytes) }
        return "\(String(buffer: bytes.getSlice(at: bytes.readerIndex, length: longestValue)!))…"
    }
}

/// The time of day, computed from readings of the monotonic clock, so that a request needs one reading only. The two
/// clocks are compared again after 50 milliseconds, so a change of the time of day takes effect within that time.
private final class WallClock: Sendable {
    private static let interval: UInt64 = 50_000_000

    private let difference = Atomic<Int64>(0)
    private let next = Atomic<UInt64>(0)

    /// Returns the time of day in nanoseconds since 1970. `reading` is a reading of the monotonic clock from a moment
    /// ago.
    func time(at reading: UInt64) -> Int64 {
        if reading >= next.load(ordering: .acquiring) {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            let now = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
            difference.store(now - Int64(NIODeadline.now().uptimeNanoseconds), ordering: .relaxed)
            next.store(reading + Self.interval, ordering: .releasing)
        }
        return Int64(reading) + difference.load(ordering: .relaxed)
    }
}

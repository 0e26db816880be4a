import Audit
import Glibc
import NIOCore
import Store
import Synchronization
import Wire

/// Writes down what was asked of a server and what came of it, without what is secret and without messages.
package final class AuditTrail: Sendable {
    private static let longestValue = 256

    private let log: AuditLog
    private let server: String
    private let room: HeadRoom?
    private let clock = WallClock()

    /// - Parameters:
    ///   - server: The name of the server in the log.
    ///   - room: tells whether the disk has room for what strangers do; nil where nobody asks.
    package init(_ log: AuditLog, server: String, room: HeadRoom? = nil) {
        self.log = log
        self.server = server
        self.room = room
    }

    /// Whether commands may be run. `now`: a reading of the monotonic clock.
    func admits(at now: UInt64) -> Bool { log.admits(at: now) }

    /// Whether commands that change nothing may be run where others may not.
    func admitsReading(by who: String?) -> Bool { log.admitsReading(by: who) }

    /// Calls `go` when it may be otherwise; false when waiting is no use.
    func waitForRoom(_ go: @escaping @Sendable () -> Void) -> Bool {
        guard log.isMerelyFull else { return false }
        log.whenThereIsRoom(go)
        return true
    }

    /// `took`: nanoseconds. `now`: a reading of the monotonic clock, when the request was answered.
    func note(
        _ request: Request, from caller: Caller, by who: String?, _ answer: Answer, took: Int64, at now: UInt64
    ) {
        let time = (clock.time(at: now) - took) / 1_000_000
        // Lines about strangers are bounded; lines about users and operators are not.
        guard who != nil || admitsStranger(request, from: caller, answer, time: time) else { return }
        let name = request.id.map { AuditRecord.RequestID(link: $0.link, lane: $0.lane.number, number: $0.number) }
        log.append(
            AuditRecord(
                time: time, actor: actor(who, caller), verb: request.spec.name,
                arguments: Self.arguments(of: request), code: answer.code, enhanced: answer.enhanced,
                microseconds: took / 1000, request: name),
            at: now)
    }

    private func actor(_ who: String?, _ caller: Caller) -> AuditActor {
        if let known = caller.acquaintance?.actor, known.who == who, known.from == caller.peer { return known }
        let new = AuditActor(server: server, who: who, from: caller.peer)
        caller.acquaintance?.isWritten(as: new)
        return new
    }

    private func admitsStranger(_ request: Request, from caller: Caller, _ answer: Answer, time: Int64) -> Bool {
        log.admitsStranger(
            server: server, from: Network(peer: caller.peer).description, verb: request.spec.name,
            code: answer.code, time: time, mayWrite: room?.isLow != true)
    }

    /// What was given, by label. A secret is left out, of a message stands its size.
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
        if case .name(let name) = value { return name.description }
        let octets = value.octets
        guard octets.readableBytes > longestValue else { return String(buffer: octets) }
        return "\(String(buffer: octets.getSlice(at: octets.readerIndex, length: longestValue)!))…"
    }
}

/// The time of day at readings of the monotonic clock, so that a request needs one reading only. The two clocks are
/// compared anew after 50 milliseconds, so that a clock that is set shows as soon.
private final class WallClock: Sendable {
    private static let interval: UInt64 = 50_000_000

    private let difference = Atomic<Int64>(0)
    private let next = Atomic<UInt64>(0)

    /// Nanoseconds since 1970. `reading`: of the monotonic clock, a moment ago.
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

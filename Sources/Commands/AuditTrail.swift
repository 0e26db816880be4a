import Audit
import Glibc
import NIOCore
import Store
import Wire

/// Writes down what was asked of a server and what came of it, without what is secret and without messages.
package struct AuditTrail: Sendable {
    private static let longestValue = 256

    private let log: AuditLog
    private let server: String
    private let room: HeadRoom?

    /// - Parameters:
    ///   - server: The name of the server in the log.
    ///   - room: tells whether the disk has room for what strangers do; nil where nobody asks.
    package init(_ log: AuditLog, server: String, room: HeadRoom? = nil) {
        self.log = log
        self.server = server
        self.room = room
    }

    /// Whether commands may be run.
    var admits: Bool { log.admits }

    /// Whether commands that change nothing may be run where others may not.
    func admitsReading(by who: String?) -> Bool { log.admitsReading(by: who) }

    /// Calls `go` when it may be otherwise; false when waiting is no use.
    func waitForRoom(_ go: @escaping @Sendable () -> Void) -> Bool {
        guard log.isMerelyFull else { return false }
        log.whenThereIsRoom(go)
        return true
    }

    /// `took`: nanoseconds.
    func note(
        _ request: Request, from caller: Caller, by who: String?, _ answer: Answer, took: Int64
    ) {
        let time = (Self.now - took) / 1_000_000
        // Lines about strangers are bounded; lines about users and operators are not.
        guard who != nil || admitsStranger(request, from: caller, answer, time: time) else { return }
        log.append(
            AuditRecord(
                time: time, server: server, who: who, from: caller.peer,
                verb: request.spec.name, arguments: Self.arguments(of: request), code: answer.code,
                enhanced: answer.reply.enhanced, microseconds: took / 1000,
                request: caller.request.map { AuditRecord.Name(link: $0.link, lane: $0.lane.number, number: $0.number) }
            ))
    }

    private func admitsStranger(_ request: Request, from caller: Caller, _ answer: Answer, time: Int64) -> Bool {
        log.admitsStranger(
            server: server, from: Network(peer: caller.peer).description, verb: request.spec.name,
            code: answer.code, time: time, mayWrite: room?.isLow != true)
    }

    /// Nanoseconds since 1970.
    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    static func nanoseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    /// What was given, by label. A secret is left out, of a message stands its size.
    private static func arguments(of request: Request) -> [(name: String, value: String)] {
        var arguments: [(name: String, value: String)] = []
        let parameters = request.parameters
        arguments.reserveCapacity(parameters.count)
        for (parameter, value) in zip(parameters, request.values) {
            guard let value else { continue }
            switch parameter.type {
            case .secret: break
            case .message, .sealed: arguments.append((parameter.label, String(value.readableBytes) + " octets"))
            case .word, .name, .names: arguments.append((parameter.label, shown(value)))
            }
        }
        return arguments
    }

    private static func shown(_ value: ByteBuffer) -> String {
        let prefix = value.getSlice(at: value.readerIndex, length: min(longestValue, value.readableBytes))!
        let text = String(buffer: prefix)
        return value.readableBytes > longestValue ? "\(text)…" : text
    }
}

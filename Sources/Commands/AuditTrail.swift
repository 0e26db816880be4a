import Audit
import Foundation
import NIOCore
import Wire

/// Writes down what was asked of a server and what came of it, without what is secret and without messages.
package struct AuditTrail: Sendable {
    private static let longestValue = 256

    private let log: AuditLog
    private let server: String

    /// `server`: what the server is called in the log.
    package init(_ log: AuditLog, server: String) {
        self.log = log
        self.server = server
    }

    /// Whether commands may be run.
    var admits: Bool { log.admits }

    func note(
        _ request: Request, from caller: Caller, by who: String?, _ answer: Answer, since start: ContinuousClock.Instant
    ) {
        let duration = start.duration(to: .now)
        let now = Date.now.timeIntervalSince1970
        log.append(
            AuditRecord(
                time: Int64((now - duration / .seconds(1)) * 1000), server: server, who: who, from: caller.peer,
                verb: request.spec.verb.description, arguments: Self.arguments(of: request), code: answer.reply.code,
                enhanced: answer.reply.enhanced, microseconds: Int64(duration / .microseconds(1))))
    }

    /// What was given, by label. A secret is left out, of a message stands its size.
    private static func arguments(of request: Request) -> [(name: String, value: String)] {
        zip(request.parameters, request.values).compactMap { parameter, value in
            guard let value else { return nil }
            switch parameter.type {
            case .secret: return nil
            case .message, .sealed: return (parameter.label, "\(value.readableBytes) octets")
            case .word, .name, .names: return (parameter.label, shown(value))
            }
        }
    }

    private static func shown(_ value: ByteBuffer) -> String {
        let prefix = value.getSlice(at: value.readerIndex, length: min(longestValue, value.readableBytes))!
        let text = String(buffer: prefix)
        return value.readableBytes > longestValue ? "\(text)…" : text
    }
}

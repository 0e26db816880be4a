import Link
import NIOCore
import Wire

/// SESSIONS lists the client addresses with the most sessions.
struct Sessions: Command {
    private static let limit = Parameter.number("limit", in: 1...1000, or: .notALimit)
    private static let standard = 20

    static let spec = CommandSpec(
        "SESSIONS", [limit.optional], access: .operator, isRepeatable: true,
        summary: "List the client addresses with the most sessions",
        help: """
            Each line has an address, the number of its sessions, and the number of those that have not logged in, as \
            strangers. There are at most 20 lines, or as many as the limit allows. The last line has the number of all \
            addresses.
            """)

    func run(_ call: OperatorCall) async throws -> Answer {
        let limit = try call.optional(Self.limit) ?? Self.standard
        let lines = call.proxy.addressLimiter.busiest(limit).map {
            "\($0.address) sessions=\($0.sessions) strangers=\($0.unauthenticated)"
        }
        return Answer(.done(lines + ["\(lines.count) of \(call.proxy.addressLimiter.addresses) addresses"]))
    }
}

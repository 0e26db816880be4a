import Link
import NIOCore
import Wire

/// SESSIONS: who has them.
enum Sessions: OperatorCommand {
    private static let limit = ParameterSpec("limit", type: .word, isRequired: false)
    private static let standard = 20
    private static let most = 1000

    static let spec = CommandSpec(
        operator: "SESSIONS", [limit], summary: "List the client addresses with the most sessions",
        help: """
            On each line an address, its sessions, and those of them that have not logged in, as strangers. There are \
            20 lines, or as many as the limit says, and one behind them that says how many addresses there are.
            """)
    static let failures: [Failure] = [.notALimit]

    static func run(_ request: Request, _ proxy: Operator) async throws(Failure) -> Reply {
        let text = request[limit.label].map { String(buffer: $0) }
        guard let limit = text.map(Int.init) ?? standard, 1...most ~= limit else { throw .notALimit }
        let lines = proxy.addressLimiter.busiest(limit).map {
            "\($0.address) sessions=\($0.sessions) strangers=\($0.strangers)"
        }
        return Reply(250, "2.0.0", lines + ["\(lines.count) of \(proxy.addressLimiter.addresses) addresses"])
    }
}

import Link
import Wire

/// A call of one of the operator's commands, with the proxy on which it acts.
struct OperatorCall: CommandCall {
    let request: Request
    let proxy: Operator
}

extension Parameter where Value == Endpoint {
    /// The parameter for an upstream: one that the proxy has, or one to be added.
    static let upstream = Parameter("upstream", or: .notAnUpstream) { word in
        // The word is repeated in the reply and in the log, so it must be printable ASCII.
        guard word.utf8.allSatisfy({ 0x21...0x7E ~= $0 }), let endpoint = Endpoint(word) else { return nil }
        return endpoint.isEveryInterface ? nil : endpoint
    }
}

extension Failure {
    static let notAnUpstream = Failure(501, "5.5.4", "An upstream must be host:port, or unix: and a path")
    static let upstreamKnown = Failure(550, "5.7.1", "The proxy already has this upstream")
    static let upstreamUnknown = Failure(550, "5.1.2", "The proxy has no such upstream; UPSTREAMS lists them")
    static let noLinkTLS = Failure(550, "5.7.1", "A link to it needs certificates; the proxy's log has the reason")
    static let notALimit = Failure(501, "5.5.4", "The limit must be a number from 1 to 1000")
}

/// Answers the commands of the proxy's operator.
final class OperatorResponder: Responder, Sendable {
    /// The only list of these commands, in the order in which HELP shows them.
    static let table: CommandTable<any Command<OperatorCall>> = {
        let all: [any Command<OperatorCall>] = [
            Status(), Upstreams(), Sessions(), AddUpstream(), DropUpstream(), Drain(), Resume(),
        ]
        return try! CommandTable(all.map { ($0.spec.with(plugin: "proxy"), $0) }, isForOperator: true)
    }()

    let manifest = OperatorResponder.table.manifest
    private let proxy: Operator

    init(_ proxy: Operator) {
        self.proxy = proxy
    }

    func respond(to request: Request, from caller: Caller, _ answer: ReturnPath) {
        guard let command = Self.table.command(of: request) else { return answer(Answer(.unknownVerb)) }
        let call = OperatorCall(request: request, proxy: proxy)
        Task {
            do {
                answer(try await command.run(call))
            } catch {
                answer(Answer(refusing: error))
            }
        }
    }
}

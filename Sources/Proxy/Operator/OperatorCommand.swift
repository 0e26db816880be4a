import Link
import NIOCore
import Wire

/// A command of the operator's, at the proxy.
protocol OperatorCommand: SendableMetatype {
    static var spec: CommandSpec { get }
    /// The refusals that are its own.
    static var failures: [Failure] { get }
    static func run(_ request: Request, _ proxy: Operator) async throws(Failure) -> Reply
}

extension OperatorCommand {
    static var failures: [Failure] { [] }

    /// The upstream that the request names; nil if it names none.
    ///
    /// - Throws: that it is none.
    static func upstream(of request: Request) throws(Failure) -> Endpoint? {
        guard let word = request["upstream"].map({ String(buffer: $0) }) else { return nil }
        // It is said again in the reply and in the log.
        guard word.utf8.allSatisfy({ 0x21...0x7E ~= $0 }), let endpoint = Endpoint(word),
            !endpoint.isEveryInterface
        else { throw .notAnUpstream }
        return endpoint
    }
}

extension CommandSpec {
    /// A command of the operator's.
    convenience init(
        operator verb: Verb, _ parameters: [ParameterSpec] = [], isRepeatable: Bool = true, summary: String,
        help: String
    ) {
        self.init(
            verb: verb, plugin: "proxy", forms: [parameters], access: .operator, isRepeatable: isRepeatable,
            summary: summary, help: help)
    }
}

extension ParameterSpec {
    static let upstream = ParameterSpec("upstream", type: .word, isRequired: true)
}

extension Failure {
    static let notAnUpstream = Failure(501, "5.5.4", "An upstream is host:port, or unix: and a path")
    static let upstreamKnown = Failure(550, "5.7.1", "The proxy has this upstream already")
    static let upstreamUnknown = Failure(550, "5.1.2", "The proxy has no such upstream; UPSTREAMS lists them")
    static let noLinkTLS = Failure(550, "5.7.1", "A link there needs certificates; the log says what is wrong")
    static let notALimit = Failure(501, "5.5.4", "Not a number of addresses from 1 to 1000")
}

/// Answers the operator's commands.
final class OperatorResponder: Responder, Sendable {
    /// The one list of them, in the order in which HELP shows them.
    static let commands: [any OperatorCommand.Type] = [
        Status.self, Upstreams.self, Sessions.self, AddUpstream.self, DropUpstream.self, DrainCommand.self,
        Resume.self,
    ]
    private static let byVerb = VerbTable(commands.map { ($0.spec.verb, $0) })

    let manifest = Manifest(OperatorResponder.commands.map { $0.spec })
    private let proxy: Operator

    init(_ proxy: Operator) {
        self.proxy = proxy
    }

    func respond(to request: Request, from caller: Caller, _ answer: ReturnPath) {
        guard let command = Self.byVerb[request.spec.verb] else { return answer(Answer(.unknownVerb)) }
        Task { [proxy] in
            do throws(Failure) {
                answer(Answer(try await command.run(request, proxy)))
            } catch {
                answer(Answer(error))
            }
        }
    }
}

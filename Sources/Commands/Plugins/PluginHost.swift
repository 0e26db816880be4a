import NIOCore
import Wire

/// Answers the requests that a plugin sends to the server that has started it. The plugin may issue the server's own
/// commands that the operator has granted. It issues them for the user whose request it is answering.
package struct PluginHost: Sendable {
    private let gate: Gate
    private let services: Manifest
    private let plugin: String

    /// Creates a host that serves the granted commands.
    ///
    /// - Throws: `PluginRefusal` for a command that no plugin can be granted.
    package init(_ gate: Gate, granted verbs: [Verb], to plugin: String) throws(PluginRefusal) {
        services = try Self.services(verbs, of: gate.builtIns)
        self.gate = gate
        self.plugin = plugin
    }

    /// Returns the commands of a server that a plugin may run.
    ///
    /// - Throws: `PluginRefusal` for a command that no plugin can be granted.
    package static func services(_ verbs: [Verb], of builtIns: Manifest) throws(PluginRefusal) -> Manifest {
        var services = Manifest()
        for verb in verbs.sorted(by: { $0.description < $1.description }) {
            guard let entry = builtIns[verb], case let spec = entry.spec else {
                throw PluginRefusal("\(verb) is not a command of this server")
            }
            guard spec.isRepeatable, !spec.isConfidential else {
                throw PluginRefusal("\(verb) changes an account or takes a secret")
            }
            guard !spec.yieldsCredential else { throw PluginRefusal("the answer to \(verb) is a credential") }
            services.add(entry)
        }
        return services
    }

    /// Answers a plugin's request with a reply in the form that a client gets.
    ///
    /// - Parameter payload: The payload of the frame that carried the request.
    package func respond(
        to payload: ByteBuffer, from caller: Caller, _ answer: @escaping @Sendable (ByteBuffer) -> Void
    ) {
        do throws(Failure) {
            let request = try Request.read(payload, services)
            guard !request.isConfidential else { throw .notAService }
            let peer = "\(caller.peer) by \(plugin)"
            let caller = Caller(lane: caller.lane, peer: peer, token: caller.token, privacy: caller.privacy)
            gate.respond(to: request, from: caller) {
                answer($0.bytes(form: request.bodyForm, result: request.spec.result))
            }
        } catch {
            answer(Answer(error == .unknownVerb ? .notAService : error).bytes())
        }
    }
}

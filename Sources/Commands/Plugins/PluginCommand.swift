import Input
import Store
import Wire

/// A command that a plugin's process answers. The gate treats it like any other command.
package struct PluginCommand: ServedCommand {
    /// Sends the process a request and the name of the account that issued it, and passes the answer on.
    package typealias Ask =
        @Sendable (Request, Caller, _ account: String?, @escaping @Sendable (Answer) -> Void) -> Void

    package let spec: CommandSpec
    private let ask: Ask

    /// Creates a command from the plugin's declaration and the operator's terms.
    ///
    /// - Throws: `PluginRefusal` with the reason why the command is not served.
    package init(_ spec: CommandSpec, _ terms: PluginGrant.Terms, ask: @escaping Ask) throws(PluginRefusal) {
        guard spec.access != .operator else { throw PluginRefusal("it is for the operator") }
        guard !spec.takesSecret else { throw PluginRefusal("it takes a secret") }
        guard spec.forms.allSatisfy({ Set($0.map(\.label)).count == $0.count }) else {
            throw PluginRefusal("two arguments in one of its forms have the same name")
        }
        guard Self.isText(spec.summary), Self.isText(spec.help) else {
            throw PluginRefusal("its declaration has control characters")
        }
        self.ask = ask
        self.spec = spec.with(
            access: terms.needsLogIn ? .user : spec.access, isRepeatable: spec.isRepeatable && !terms.isOnce)
    }

    package func run(_ call: Call) async throws -> Answer {
        let account = await account(of: call)
        let answer = await withCheckedContinuation { continuation in
            ask(call.request, call.caller, account) { continuation.resume(returning: $0) }
        }
        return Self.checked(answer)
    }

    /// Returns the name of the account that issued the request. If the command needs no log-in, the result is nil for
    /// a session without an account or with a token that is not valid.
    private func account(of call: Call) async -> String? {
        guard spec.access == .user || call.caller.token != nil else { return nil }
        return try? await call.user().description
    }

    /// Returns a plugin's answer, or a refusal in its place. A plugin's answer must not ask for more input, end the
    /// session, or change the account that the session acts for. It also gets an enhanced code if it has none that
    /// fits.
    static func checked(_ answer: Answer) -> Answer {
        var reply = answer.reply
        switch reply.code {
        case 250, 400...420, 422...599: break
        default: return Answer(.notAnAnswer)
        }
        let isOfItsClass = reply.enhanced.map { $0.first == String(reply.code).first } ?? false
        if !isOfItsClass { reply.enhanced = "\(reply.code / 100).0.0" }
        if !reply.isSuccess { reply.body = nil }
        return Answer(reply)
    }

    private static func isText(_ text: String) -> Bool {
        !text.unicodeScalars.contains(where: \.isControl)
    }
}

/// The reason why a plugin's command is not served.
package struct PluginRefusal: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

import Input
import Store
import Wire

/// A command that a plugin's process answers. To the gate it is one like any other.
package struct PluginCommand: ServedCommand {
    /// Gives the process a request and the account that gives it, and its answer to whoever waits for it.
    package typealias Ask =
        @Sendable (Request, Caller, _ account: String?, @escaping @Sendable (Answer) -> Void) -> Void

    package let spec: CommandSpec
    private let ask: Ask

    /// What the plugin declares, on the operator's terms.
    ///
    /// - Throws: a reason not to serve it.
    package init(_ spec: CommandSpec, _ terms: PluginGrant.Terms, ask: @escaping Ask) throws(PluginRefusal) {
        guard spec.access != .operator else { throw PluginRefusal("it is for the operator") }
        guard !spec.takesSecret else { throw PluginRefusal("it takes a secret") }
        guard spec.forms.allSatisfy({ Set($0.map(\.label)).count == $0.count }) else {
            throw PluginRefusal("it has two arguments of one name in one form")
        }
        guard Self.isText(spec.summary), Self.isText(spec.help) else {
            throw PluginRefusal("there are control characters in what it says of itself")
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

    /// Who gives it. Where nobody need be, nobody is who cannot be verified.
    private func account(of call: Call) async -> String? {
        guard spec.access == .user || call.caller.token != nil else { return nil }
        return try? await call.user().description
    }

    /// A plugin's answer means what any answer means: it neither asks for more, nor ends the session, nor changes whom it
    /// acts for; and it has an enhanced code.
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

/// Why a plugin's command is not served.
package struct PluginRefusal: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

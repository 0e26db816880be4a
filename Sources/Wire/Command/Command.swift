/// One call of a command. It has the request, and each conforming type adds the context that its kind of command
/// needs.
public protocol CommandCall {
    var request: Request { get }
}

extension CommandCall {
    /// Returns the value of an argument, or nil if the client left it out.
    ///
    /// - Throws: the refusal that the parameter declares, if the text is not a value of it.
    @inlinable
    public func optional<Value>(_ parameter: Parameter<Value>) throws(Failure) -> Value? {
        try request.optional(parameter)
    }

    /// Returns the value of an argument that the declaration requires.
    ///
    /// - Throws: the refusal that the parameter declares, or the usage of the command if the argument is missing.
    @inlinable
    public func value<Value>(_ parameter: Parameter<Value>) throws(Failure) -> Value {
        guard let value = try request.optional(parameter) else { throw request.usage }
        return value
    }
}

extension Request {
    /// Returns the value of an argument, or nil if the client left it out.
    ///
    /// - Throws: the refusal that the parameter declares, if the text is not a value of it.
    @inlinable
    package func optional<Value>(_ parameter: Parameter<Value>) throws(Failure) -> Value? {
        guard let value = value(of: parameter.spec) else { return nil }
        return try parameter.read(value)
    }
}

/// A command that can be run: its declaration and the code that answers it.
///
/// Kinds of commands differ only in the context that `run` receives: a `SessionCall` for a session's own commands, a
/// `Call` at a server, and an `OperatorCall` on the admin socket of the proxy.
public protocol ServedCommand<Context>: Sendable {
    associatedtype Context: CommandCall

    /// The declaration. It never changes.
    var spec: CommandSpec { get }

    /// Runs the command. Before the call, the caller has checked that the arguments are complete and have the
    /// declared types, and that the client may issue the command.
    ///
    /// - Throws: one of the failures in the declaration, or an error of the store or of sealing. All commands give
    ///   the same reply to such an error.
    func run(_ call: Context) async throws -> Answer
}

/// A built-in command, which is declared by its type.
///
/// ```swift
/// struct Greet: Command {
///     private static let name = Parameter.name("name")
///
///     static let spec = CommandSpec(
///         "GREET", [name.spec], access: .anyone, isRepeatable: true,
///         summary: "Greet somebody", help: "The answer is a greeting.")
///
///     func run(_ call: Call) async throws -> Answer {
///         Answer(.done("Hello, \(try call.value(Self.name))"))
///     }
/// }
/// ```
///
/// `run` is called on the event loop that read the request. It must not block, and it must not compute for long.
public protocol Command<Context>: ServedCommand {
    /// The declaration, which all values of the type share.
    static var spec: CommandSpec { get }
}

extension Command {
    /// The declaration of the type.
    public var spec: CommandSpec { Self.spec }
}

/// A command that never waits. A conforming type implements `answer` instead of `run`.
package protocol ImmediateCommand<Context>: Command {
    /// Returns the answer without waiting.
    ///
    /// - Throws: the same errors as `run`.
    func answer(_ call: Context) throws -> Answer
}

extension ImmediateCommand {
    package func run(_ call: Context) async throws -> Answer { try answer(call) }
}

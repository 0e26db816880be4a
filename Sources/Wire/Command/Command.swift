/// One call of a command: its request, and what those who answer the command know.
public protocol CommandCall {
    var request: Request { get }
}

extension CommandCall {
    /// The argument's value; nil when it was left out.
    @inlinable
    public func optional<Value>(_ parameter: Parameter<Value>) throws(Failure) -> Value? {
        try request.optional(parameter)
    }

    /// The value of an argument that the declaration requires.
    @inlinable
    public func value<Value>(_ parameter: Parameter<Value>) throws(Failure) -> Value {
        guard let value = try request.optional(parameter) else { throw request.usage }
        return value
    }
}

extension Request {
    /// The argument's value; nil when it was left out.
    @inlinable
    package func optional<Value>(_ parameter: Parameter<Value>) throws(Failure) -> Value? {
        guard let value = value(of: parameter.spec) else { return nil }
        return try parameter.read(value)
    }
}

/// A command as it is answered: its declaration and its work.
///
/// Commands differ in their context alone, which is all that `run` gets: a `SessionCall` in every session, a `Call` at a
/// server, an `OperatorCall` on the admin socket of the proxy.
public protocol ServedCommand<Context>: Sendable {
    associatedtype Context: CommandCall

    /// The declaration; the same at each call.
    var spec: CommandSpec { get }

    /// Does the work of the command. Arguments are complete and of their types, and the caller may give the command.
    ///
    /// - Throws: one of the declaration's failures; or an error of the store or of sealing, for which there is one
    ///   reply for all commands.
    func run(_ call: Context) async throws -> Answer
}

/// A command that is a part of the program, as its type declares it.
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
/// `run` is called on the event loop that read the request: it must not block, and must not compute for long.
public protocol Command<Context>: ServedCommand {
    /// The declaration of every value of the type.
    static var spec: CommandSpec { get }
}

extension Command {
    /// The type's declaration.
    public var spec: CommandSpec { Self.spec }
}

/// A command that needs to wait for nothing. `answer` is its one body.
package protocol ImmediateCommand<Context>: Command {
    /// - Throws: as `run` does.
    func answer(_ call: Context) throws -> Answer
}

extension ImmediateCommand {
    package func run(_ call: Context) async throws -> Answer { try answer(call) }
}

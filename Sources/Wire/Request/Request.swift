import NIOCore

/// A request that has been read against its command's declaration.
public struct Request: Sendable, Equatable {
    package let entry: Manifest.Entry
    /// Which of the declaration's forms it takes.
    package let form: Int
    /// A value for each of that form's parameters, nil for those left out.
    package internal(set) var values: [ArgumentValue?]
    /// How the message came, and so how a body goes back.
    package internal(set) var bodyForm: BodyForm
    /// The message, if the request was given before it has come; its value is nil then. Nil for all other requests.
    package internal(set) var rest: BodyStream?
    /// What the logs call the request; nil where they call it nothing. Two requests may be equal and differ in it.
    package fileprivate(set) var id: RequestID?
}

/// The initialisers go by way of the one that the compiler makes: it moves what it is given, and others copy it.
extension Request {
    /// The same request, which the logs call so.
    package consuming func called(_ id: RequestID?) -> Request {
        self.id = id
        return self
    }

    package var spec: CommandSpec { entry.spec }
    /// The place of the command at its responder; nil where the responder looks for it.
    package var command: Int? { entry.command }
    package var parameters: [ParameterSpec] { spec.forms[form] }

    /// The value of the parameter that has the label of `parameter`; nil when it was left out or this form has none.
    @usableFromInline
    package func value(of parameter: ParameterSpec) -> ArgumentValue? {
        parameters.firstIndex { $0.label == parameter.label }.flatMap { values[$0] }
    }

    /// The refusal of a request whose arguments are not those of the command.
    @usableFromInline
    package var usage: Failure { .usage(spec.usage) }

    /// A request of the command's common form, made of values that stand for its positional arguments.
    package init(_ entry: Manifest.Entry, _ positional: [ByteBuffer]) throws(Failure) {
        let spec = entry.spec
        var values = Self.noValues(for: spec.forms[0])
        let places = spec.forms[0].indices.filter { spec.forms[0][$0].key == nil }
        guard positional.count <= places.count else { throw .usage(spec.usage) }
        for (place, value) in zip(places, positional) {
            values[place] = try ArgumentValue(value, as: spec.forms[0][place].type)
        }
        self.init(entry: entry, form: 0, values: values, bodyForm: .line)
        try requireComplete()
    }

    /// A request for a command without arguments, given by its verb alone; nil if the command has some.
    init?(bare entry: Manifest.Entry) {
        guard entry.spec.forms[0].isEmpty else { return nil }
        self.init(entry: entry, form: 0, values: [], bodyForm: .line)
    }

    /// Whether it must not cross a network in clear.
    package var isConfidential: Bool {
        spec.isConfidential
            || spec.takesSecret
                && zip(parameters, values).contains { $0.type == .secret && ($0.isRequired || $1 != nil) }
    }

    /// Octets that the request holds, or may come to hold.
    package var size: Int {
        values.reduce(rest.map { min($0.count ?? .max, BodyStream.share) } ?? 0) { $0 + ($1?.count ?? 0) }
    }

    /// Whether so many octets are moved and worked on that nothing small should have to wait for it.
    package var isLarge: Bool { rest != nil || size > 64 << 10 }

    public static func == (left: Request, right: Request) -> Bool {
        left.spec.verb == right.spec.verb && left.form == right.form && left.values == right.values
            && left.bodyForm == right.bodyForm && left.rest == right.rest
    }

    /// The first thing that is still to be asked for: a secret first, then a message.
    package var missing: (index: Int, parameter: ParameterSpec)? {
        guard values.contains(where: { $0 == nil }) else { return nil }
        return parameters.enumerated()
            .filter { values[$0.offset] == nil && $0.element.isRequired && $0.element.key == nil }
            .min { !$0.element.type.isMessage && $1.element.type.isMessage }
            .map { ($0.offset, $0.element) }
    }
}

extension Request {
    /// Names in one list at most; an envelope has a stanza for each.
    package static let maximumNames = 256

    /// Reads `frame` as a request for the command of `entry`. What a session may ask for afterwards, a secret or a
    /// message, may be missing (see `missing`); everything else is complete and checked.
    package init(_ frame: Frame, for entry: Manifest.Entry, words: Int) throws(Failure) {
        let spec = entry.spec
        var lexer = Lexer(frame, words: words)
        _ = try lexer.word()
        var options = try Self.options(&lexer, spec)
        let optionCount = options.given.count
        let form = try Self.form(of: spec, with: options)
        let parameters = spec.forms[form]
        var values = Self.noValues(for: parameters)
        var bodyForm = BodyForm.line
        for index in parameters.indices where parameters[index].key == nil {
            guard lexer.moveToWord() else { break }
            if parameters[index].type.isMessage {
                let (message, form) = try lexer.message()
                values[index] = .octets(message)
                bodyForm = form
            } else {
                values[index] = try ArgumentValue(try lexer.word(), as: parameters[index].type)
                try Self.moreOptions(&lexer, spec, into: &options)
            }
        }
        try Self.requireEnd(&lexer, spec)
        // One that came behind the first argument may belong to another form.
        if options.given.count > optionCount, try Self.form(of: spec, with: options) != form {
            throw .usage(spec.usage)
        }
        for index in parameters.indices {
            guard let key = parameters[index].key, let value = options[key] else { continue }
            values[index] = try ArgumentValue(value, as: parameters[index].type)
        }
        self.init(entry: entry, form: form, values: values, bodyForm: bodyForm)
        try requireComplete()
    }

    /// A value for each parameter, none of which is given so far.
    static func noValues(for parameters: [ParameterSpec]) -> [ArgumentValue?] {
        var values: [ArgumentValue?] = []
        values.reserveCapacity(parameters.count)
        for _ in parameters.indices { values.append(nil) }
        return values
    }

    /// The options that were given, each once. There are so few that they are found sooner in order than by a hash.
    private struct Options {
        var given: [(key: String, value: ByteBuffer)] = []

        subscript(key: String) -> ByteBuffer? { given.first { $0.key == key }?.value }
    }

    private static func options(_ lexer: inout Lexer, _ spec: CommandSpec) throws(Failure) -> Options {
        var options = Options()
        try moreOptions(&lexer, spec, into: &options)
        // What looks like an option where only a plain argument can stand is a mistyped one, not an argument.
        let first = spec.forms[0].first { $0.key == nil }?.type
        if first != .message, first != .sealed, first != .secret, lexer.moveToWord(), lexer.optionKey() != nil {
            throw .unknownOption
        }
        return options
    }

    private static func moreOptions(
        _ lexer: inout Lexer, _ spec: CommandSpec, into options: inout Options
    ) throws(Failure) {
        while lexer.moveToWord(), let key = lexer.optionKey(), spec.declares(option: key) {
            guard options[key] == nil else { throw .doubledOption }
            options.given.append((key, try lexer.optionValue(key)))
        }
    }

    private static func form(of spec: CommandSpec, with options: Options) throws(Failure) -> Int {
        let form = spec.forms.firstIndex { form in
            options.given.allSatisfy { given in form.contains { $0.key == given.key } }
                && form.allSatisfy { $0.key == nil || !$0.isRequired || options[$0.key!] != nil }
        }
        guard let form else { throw .usage(spec.usage) }
        return form
    }

    private static func requireEnd(_ lexer: inout Lexer, _ spec: CommandSpec) throws(Failure) {
        guard lexer.moveToWord() else { return }
        // Far too many words are refused as such, whatever the command.
        while lexer.moveToWord() { _ = try lexer.word() }
        throw .usage(spec.usage)
    }

    /// Everything required is there, but for what a session asks for: secrets and messages.
    private func requireComplete() throws(Failure) {
        let parameters = parameters
        for index in parameters.indices where values[index] == nil {
            let type = parameters[index].type
            guard !parameters[index].isRequired || type == .secret || type.isMessage else { throw .usage(spec.usage) }
        }
    }
}

import NIOCore

/// A request whose arguments were checked against the declaration of its command.
public struct Request: Sendable, Equatable {
    package let entry: Manifest.Entry
    /// The index of the form that the request uses.
    package let form: Int
    /// A value for each parameter of the form, or nil if the client left it out.
    package internal(set) var values: [ArgumentValue?]
    /// The form in which the message arrived. The body of the answer has the same form.
    package internal(set) var bodyForm: BodyForm
    /// The stream of a message that is still arriving. The value of the message is nil in `values` meanwhile. The
    /// stream is nil for all other requests.
    package internal(set) var rest: BodyStream?
    /// The name of the request in the logs, or nil if it has none. It does not count when requests are compared.
    package fileprivate(set) var id: RequestID?
}

/// The initialisers call the memberwise initialiser that the compiler generates, because it moves its arguments.
/// Other initialisers would copy them.
extension Request {
    /// Returns the same request with this name in the logs.
    package consuming func called(_ id: RequestID?) -> Request {
        self.id = id
        return self
    }

    package var spec: CommandSpec { entry.spec }
    /// The index of the command at its responder, or nil if the responder looks the command up by its verb.
    package var command: Int? { entry.command }
    package var parameters: [ParameterSpec] { spec.forms[form] }

    /// Returns the value of the parameter with the same label as `parameter`. Returns nil if the client left it out,
    /// or if the form has no such parameter.
    @usableFromInline
    package func value(of parameter: ParameterSpec) -> ArgumentValue? {
        parameters.firstIndex { $0.label == parameter.label }.flatMap { values[$0] }
    }

    /// The refusal of a request with the wrong arguments.
    @usableFromInline
    package var usage: Failure { .usage(spec.usage) }

    /// Makes a request in the most common form of the command, from the values of its positional arguments.
    ///
    /// - Throws: the refusal of a wrong value, or of a wrong number of arguments.
    package init(_ entry: Manifest.Entry, _ positional: [ByteBuffer]) throws(Failure) {
        let spec = entry.spec
        var values = Self.noValues(for: spec.forms[0])
        let indexes = spec.forms[0].indices.filter { spec.forms[0][$0].key == nil }
        guard positional.count <= indexes.count else { throw .usage(spec.usage) }
        for (index, value) in zip(indexes, positional) {
            values[index] = try ArgumentValue(value, as: spec.forms[0][index].type)
        }
        self.init(entry: entry, form: 0, values: values, bodyForm: .line)
        try requireComplete()
    }

    /// Makes a request that consists only of the verb. Returns nil if the most common form of the command has
    /// arguments.
    init?(bare entry: Manifest.Entry) {
        guard entry.spec.forms[0].isEmpty else { return nil }
        self.init(entry: entry, form: 0, values: [], bodyForm: .line)
    }

    /// Whether the request must not cross a network in clear.
    package var isConfidential: Bool {
        spec.isConfidential
            || spec.takesSecret
                && zip(parameters, values).contains { $0.type == .secret && ($0.isRequired || $1 != nil) }
    }

    /// The number of bytes that the request holds. A message that is still arriving counts with the most that it may
    /// hold in memory.
    package var size: Int {
        values.reduce(rest.map { min($0.count ?? .max, BodyStream.share) } ?? 0) { $0 + ($1?.count ?? 0) }
    }

    /// Whether the request is large enough that small requests should not wait for it.
    package var isLarge: Bool { rest != nil || size > 64 << 10 }

    public static func == (left: Request, right: Request) -> Bool {
        left.spec.verb == right.spec.verb && left.form == right.form && left.values == right.values
            && left.bodyForm == right.bodyForm && left.rest == right.rest
    }

    /// The next argument that the session must ask for: first a secret, then a message. It is nil if nothing is
    /// missing.
    package var missing: (index: Int, parameter: ParameterSpec)? {
        guard values.contains(where: { $0 == nil }) else { return nil }
        return parameters.enumerated()
            .filter { values[$0.offset] == nil && $0.element.isRequired && $0.element.key == nil }
            .min { !$0.element.type.isMessage && $1.element.type.isMessage }
            .map { ($0.offset, $0.element) }
    }
}

extension Request {
    /// The maximum number of names in one list. An envelope has a stanza for each name.
    package static let maximumNames = 256

    /// Reads `frame` as a request for the command of `entry`. A secret or a message may still be missing, because the
    /// session can ask for it (see `missing`). Everything else is complete and checked.
    ///
    /// - Parameter words: The maximum number of words on the line.
    /// - Throws: the refusal of a malformed line, a wrong value or wrong arguments.
    package init(_ frame: RequestLine, for entry: Manifest.Entry, words: Int) throws(Failure) {
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
                values[index] = .bytes(message)
                bodyForm = form
            } else {
                values[index] = try ArgumentValue(try lexer.word(), as: parameters[index].type)
                try Self.moreOptions(&lexer, spec, into: &options)
            }
        }
        try Self.requireEnd(&lexer, spec)
        // An option after the first argument may select another form.
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

    /// Returns a list of values in which every parameter is missing.
    static func noValues(for parameters: [ParameterSpec]) -> [ArgumentValue?] {
        var values: [ArgumentValue?] = []
        values.reserveCapacity(parameters.count)
        for _ in parameters.indices { values.append(nil) }
        return values
    }

    /// The options of a request, each at most once. An array is used because a request has few options, and searching
    /// them in order is faster than hashing.
    private struct Options {
        var given: [(key: String, value: ByteBuffer)] = []

        subscript(key: String) -> ByteBuffer? { given.first { $0.key == key }?.value }
    }

    private static func options(_ lexer: inout Lexer, _ spec: CommandSpec) throws(Failure) -> Options {
        var options = Options()
        try moreOptions(&lexer, spec, into: &options)
        // Only a message or a secret may look like an option here. Elsewhere, such text is a mistyped option.
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
        // A line with more words than the limit gets the refusal for that, whatever its command.
        while lexer.moveToWord() { _ = try lexer.word() }
        throw .usage(spec.usage)
    }

    /// Checks that every required argument is present, except secrets and messages, which a session asks for.
    ///
    /// - Throws: the usage of the command if an argument is missing.
    private func requireComplete() throws(Failure) {
        let parameters = parameters
        for index in parameters.indices where values[index] == nil {
            let type = parameters[index].type
            guard !parameters[index].isRequired || type == .secret || type.isMessage else { throw .usage(spec.usage) }
        }
    }
}

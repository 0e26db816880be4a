import NIOCore

/// An argument of a command, with the type of its value.
///
/// Each parameter is created once. A declaration refers to it by ``spec`` or ``optional``, and the command reads its
/// value by ``CommandCall/value(_:)`` or ``CommandCall/optional(_:)``. Only the parameter knows how to read its
/// value, and how to refuse other text. Every command that declares the argument also declares that refusal.
public struct Parameter<Value: Sendable>: Sendable {
    /// The declaration of the argument as a required one.
    public let spec: ParameterSpec
    @usableFromInline let read: @Sendable (ArgumentValue) throws(Failure) -> Value

    /// The declaration of the same argument as an optional one.
    public var optional: ParameterSpec {
        ParameterSpec(
            spec.label, key: spec.key, type: spec.type, isRequired: false, values: spec.values, failures: spec.failures)
    }

    private init(_ spec: ParameterSpec, read: @escaping @Sendable (ArgumentValue) throws(Failure) -> Value) {
        self.spec = spec
        self.read = read
    }

    /// Makes a parameter whose value `read` makes from the bytes of the argument.
    ///
    /// - Parameters:
    ///   - label: The name of the argument in usage lines: lower-case words that are joined by hyphens.
    ///   - key: The key of an option, in upper case, or nil for a positional argument.
    ///   - type: Any type but `name` and `names`, which have functions of their own.
    ///   - values: The values that the argument can have, if they can be listed.
    ///   - failures: The refusals that `read` throws.
    ///   - read: Returns the value of the bytes, or throws a refusal.
    package init(
        _ label: String, key: String? = nil, type: ParameterType = .word, values: [String] = [],
        failures: [Failure] = [], read: @escaping @Sendable (ByteBuffer) throws(Failure) -> Value
    ) {
        let spec = ParameterSpec(label, key: key, type: type, isRequired: true, values: values, failures: failures)
        self.init(spec) { value throws(Failure) in try read(value.bytes) }
    }

    /// Makes a parameter whose value `read` makes from the text of the argument. If `read` returns nil, `failure` is
    /// the refusal.
    package init(
        _ label: String, key: String? = nil, type: ParameterType = .word, values: [String] = [], or failure: Failure,
        read: @escaping @Sendable (String) -> Value?
    ) {
        self.init(label, key: key, type: type, values: values, failures: [failure]) { bytes throws(Failure) in
            guard let value = read(String(buffer: bytes)) else { throw failure }
            return value
        }
    }
}

extension Parameter where Value == AccountName {
    /// Returns a parameter for an account name, which is converted to its canonical spelling. The account need not
    /// exist.
    ///
    /// - Parameters:
    ///   - label: The name of the argument in usage lines: lower-case words that are joined by hyphens.
    ///   - key: The key of an option, in upper case, or nil for a positional argument.
    public static func name(_ label: String, key: String? = nil) -> Self {
        Self(ParameterSpec(label, key: key, type: .name, isRequired: true)) { value throws(Failure) in
            guard case .name(let name) = value else { throw .badName }
            return name
        }
    }
}

extension Parameter where Value == [AccountName] {
    /// Returns a parameter for a list of at most 256 account names, separated by commas. A repeated name is kept
    /// once.
    public static func names(_ label: String, key: String) -> Self {
        Self(ParameterSpec(label, key: key, type: .names, isRequired: true)) { value throws(Failure) in
            guard case .names(let names) = value else { throw .badName }
            return names
        }
    }
}

extension Parameter where Value == String {
    /// Returns a parameter for one word. `values` lists the possible words for usage lines. It is empty if any word
    /// is possible.
    public static func word(_ label: String, key: String? = nil, values: [String] = []) -> Self {
        Self(label, key: key, values: values) { bytes throws(Failure) in String(buffer: bytes) }
    }
}

extension Parameter where Value == Int {
    /// Returns a parameter for a decimal number within `range`. `failure` is the refusal of any other text.
    public static func number(
        _ label: String, key: String? = nil, in range: ClosedRange<Int>, or failure: Failure
    ) -> Self {
        Self(label, key: key, or: failure) { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }
    }
}

extension Parameter where Value: RawRepresentable<String> & CaseIterable {
    /// Returns a parameter for one of a few upper-case words. Lower-case input is accepted. `failure` is the refusal
    /// of any other text.
    public static func choice(_ label: String, key: String? = nil, or failure: Failure) -> Self {
        Self(label, key: key, values: Value.allCases.map(\.rawValue), or: failure) { Value(rawValue: $0.uppercased()) }
    }
}

extension Parameter where Value == [UInt8] {
    /// Returns a parameter for a message of any bytes. The message is the rest of the line, a quoted string, a
    /// literal, or text lines that the session asks for.
    public static func bytes(_ label: String) -> Self {
        Self(label, type: .message) { bytes throws(Failure) in Array(bytes.readableBytesView) }
    }
}

extension Parameter where Value == ByteBuffer {
    package static func message(_ label: String) -> Self {
        Self(label, type: .message) { bytes throws(Failure) in bytes }
    }

    package static func sealed(_ label: String) -> Self {
        Self(label, type: .sealed) { bytes throws(Failure) in bytes }
    }
}

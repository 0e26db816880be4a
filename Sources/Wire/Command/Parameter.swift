import NIOCore

/// An argument of a command with the type of its value.
///
/// Each is made once, stands in the declaration as ``spec`` or ``optional``, and is asked for by ``CommandCall/value(_:)``
/// or ``CommandCall/optional(_:)``. It alone knows how its value is read and how other text is refused: the refusal is
/// one of every command that declares the argument.
public struct Parameter<Value: Sendable>: Sendable {
    /// The argument as a declaration has it, required.
    public let spec: ParameterSpec
    @usableFromInline let read: @Sendable (ArgumentValue) throws(Failure) -> Value

    /// The same argument, left out at will.
    public var optional: ParameterSpec {
        ParameterSpec(
            spec.label, key: spec.key, type: spec.type, isRequired: false, values: spec.values, failures: spec.failures)
    }

    private init(_ spec: ParameterSpec, read: @escaping @Sendable (ArgumentValue) throws(Failure) -> Value) {
        self.spec = spec
        self.read = read
    }

    /// - Parameters:
    ///   - label: The name of the argument in usage lines: lower-case words joined by hyphens.
    ///   - key: The key of an option, in upper case; nil for an argument that is known by its place.
    ///   - type: not a name or names, which are read by their type.
    ///   - failures: the refusals that `read` throws.
    package init(
        _ label: String, key: String? = nil, type: ParameterType = .word, values: [String] = [],
        failures: [Failure] = [], read: @escaping @Sendable (ByteBuffer) throws(Failure) -> Value
    ) {
        let spec = ParameterSpec(label, key: key, type: type, isRequired: true, values: values, failures: failures)
        self.init(spec) { value throws(Failure) in try read(value.octets) }
    }

    /// An argument whose text is a value or not. `failure`: the refusal of other text.
    package init(
        _ label: String, key: String? = nil, type: ParameterType = .word, values: [String] = [], or failure: Failure,
        read: @escaping @Sendable (String) -> Value?
    ) {
        self.init(label, key: key, type: type, values: values, failures: [failure]) { octets throws(Failure) in
            guard let value = read(String(buffer: octets)) else { throw failure }
            return value
        }
    }
}

extension Parameter where Value == AccountName {
    /// An account's name, in its one canonical spelling. Whether there is such an account is not asked.
    ///
    /// - Parameters:
    ///   - label: The name of the argument in usage lines: lower-case words joined by hyphens.
    ///   - key: The key of an option, in upper case; nil for an argument that is known by its place.
    public static func name(_ label: String, key: String? = nil) -> Self {
        Self(ParameterSpec(label, key: key, type: .name, isRequired: true)) { value throws(Failure) in
            guard case .name(let name) = value else { throw .badName }
            return name
        }
    }
}

extension Parameter where Value == [AccountName] {
    /// Names of accounts with commas between them, each once, 256 at most.
    public static func names(_ label: String, key: String) -> Self {
        Self(ParameterSpec(label, key: key, type: .names, isRequired: true)) { value throws(Failure) in
            guard case .names(let names) = value else { throw .badName }
            return names
        }
    }
}

extension Parameter where Value == String {
    /// One word, whatever it is. `values`: the words that it can be, where they can be listed.
    public static func word(_ label: String, key: String? = nil, values: [String] = []) -> Self {
        Self(label, key: key, values: values) { octets throws(Failure) in String(buffer: octets) }
    }
}

extension Parameter where Value == Int {
    /// A number in decimal digits. `failure`: the refusal of all other text.
    public static func number(
        _ label: String, key: String? = nil, in range: ClosedRange<Int>, or failure: Failure
    ) -> Self {
        Self(label, key: key, or: failure) { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }
    }
}

extension Parameter where Value: RawRepresentable<String> & CaseIterable {
    /// One of a few words in upper case, in which case is folded. `failure`: the refusal of all other text.
    public static func choice(_ label: String, or failure: Failure) -> Self {
        Self(label, values: Value.allCases.map(\.rawValue), or: failure) { Value(rawValue: $0.uppercased()) }
    }
}

extension Parameter where Value == [UInt8] {
    /// A message: the rest of the line, a quoted string, a literal, or lines that are asked for; any octets.
    public static func octets(_ label: String) -> Self {
        Self(label, type: .message) { octets throws(Failure) in Array(octets.readableBytesView) }
    }
}

extension Parameter where Value == ByteBuffer {
    package static func message(_ label: String) -> Self {
        Self(label, type: .message) { octets throws(Failure) in octets }
    }

    package static func sealed(_ label: String) -> Self {
        Self(label, type: .sealed) { octets throws(Failure) in octets }
    }
}

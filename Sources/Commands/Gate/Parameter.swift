import NIOCore
import Secrets
import Wire

/// An argument of a command with the type that its handler gets.
///
/// Each is made once, stands in the declaration as ``spec`` or ``optional``, and is asked for by ``Call/value(_:)`` or
/// ``Call/optional(_:)``. What is given for it was checked against its type before the command runs.
public struct Parameter<Value: Sendable>: Sendable {
    /// The argument as a declaration has it, required.
    public let spec: ParameterSpec
    let read: @Sendable (ByteBuffer) throws(Failure) -> Value

    /// The same argument, left out at will.
    public var optional: ParameterSpec {
        ParameterSpec(spec.label, key: spec.key, type: spec.type, isRequired: false, values: spec.values)
    }

    private init(
        _ label: String, key: String?, type: ParameterType, values: [String] = [],
        read: @escaping @Sendable (ByteBuffer) throws(Failure) -> Value
    ) {
        spec = ParameterSpec(label, key: key, type: type, isRequired: true, values: values)
        self.read = read
    }
}

extension Parameter where Value == AccountName {
    /// An account's name, in its one canonical spelling. Whether there is such an account is not asked.
    ///
    /// - Parameters:
    ///   - label: What the argument is called in usage lines: lower-case words joined by hyphens.
    ///   - key: The key of an option, in upper case; nil for an argument that is known by its place.
    public static func name(_ label: String, key: String? = nil) -> Self {
        Self(label, key: key, type: .name) { octets throws(Failure) in
            guard let name = AccountName(octets.readableBytesView) else { throw .badName }
            return name
        }
    }
}

extension Parameter where Value == [AccountName] {
    /// Names of accounts with commas between them, each once, 256 at most.
    public static func names(_ label: String, key: String) -> Self {
        Self(label, key: key, type: .names) { octets throws(Failure) in try Request.names(octets) }
    }
}

extension Parameter where Value == String {
    /// One word. Whoever reads it checks it. `values`: the words that it can be, where they can be listed.
    public static func word(_ label: String, key: String? = nil, values: [String] = []) -> Self {
        Self(label, key: key, type: .word, values: values) { octets throws(Failure) in String(buffer: octets) }
    }
}

extension Parameter where Value == SecretBytes {
    package static func secret(_ label: String, key: String? = nil) -> Self {
        Self(label, key: key, type: .secret) { octets throws(Failure) in
            SecretBytes(copying: octets.readableBytesSpan)
        }
    }
}

extension Parameter where Value == [UInt8] {
    /// A message: the rest of the line, a quoted string, a literal, or lines that are asked for; any octets.
    public static func octets(_ label: String) -> Self {
        Self(label, key: nil, type: .message) { octets throws(Failure) in Array(octets.readableBytesView) }
    }
}

extension Parameter where Value == ByteBuffer {
    package static func message(_ label: String) -> Self {
        Self(label, key: nil, type: .message) { octets throws(Failure) in octets }
    }

    package static func sealed(_ label: String) -> Self {
        Self(label, key: nil, type: .sealed) { octets throws(Failure) in octets }
    }
}

import NIOCore
import Seal
import Wire

/// An argument of a command with the type that its handler gets.
package struct Parameter<Value: Sendable>: Sendable {
    package let spec: ParameterSpec
    let read: @Sendable (ByteBuffer) throws(Failure) -> Value

    /// The same argument, left out at will.
    package var optional: ParameterSpec {
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
    package static func name(_ label: String, key: String? = nil) -> Self {
        Self(label, key: key, type: .name) { octets throws(Failure) in
            guard let name = AccountName(octets.readableBytesView) else { throw .badName }
            return name
        }
    }
}

extension Parameter where Value == [AccountName] {
    package static func names(_ label: String, key: String) -> Self {
        Self(label, key: key, type: .names) { octets throws(Failure) in try Request.names(octets) }
    }
}

extension Parameter where Value == String {
    /// One word. Whoever reads it checks it. `values`: the words that it can be, where they can be listed.
    package static func word(_ label: String, key: String? = nil, values: [String] = []) -> Self {
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

extension Parameter where Value == ByteBuffer {
    package static func message(_ label: String) -> Self {
        Self(label, key: nil, type: .message) { octets throws(Failure) in octets }
    }

    package static func sealed(_ label: String) -> Self {
        Self(label, key: nil, type: .sealed) { octets throws(Failure) in octets }
    }
}

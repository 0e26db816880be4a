import NIOCore
import Seal
import Secrets
import Signing
import Wire

// This file defines the argument types that only servers read. Those that the proxy reads too are in Wire, beside
// `Parameter`. An argument that only one command has is in the file of that command.

extension Parameter where Value == SecretBytes {
    package static func secret(_ label: String, key: String? = nil) -> Self {
        Self(label, key: key, type: .secret) { bytes throws(Failure) in
            SecretBytes(copying: bytes.readableBytesSpan)
        }
    }
}

extension Parameter where Value == String {
    /// Returns a parameter for a secret that is text, such as a token.
    static func secretText(_ label: String, key: String) -> Self {
        Self(label, key: key, type: .secret) { bytes throws(Failure) in String(buffer: bytes) }
    }
}

extension Parameter where Value == MessageContext {
    /// Returns a parameter for the context of a message, by the key `CONTEXT`.
    static func context() -> Self {
        Self("context", key: "CONTEXT", failures: [.badContext]) { bytes throws(Failure) in
            guard let context = MessageContext(Array(bytes.readableBytesView)) else { throw .badContext }
            return context
        }
    }
}

extension Parameter where Value == Bool {
    /// Returns a parameter for an option that has one value only, in upper or lower case.
    static func flag(_ label: String, key: String, is value: String, or failure: Failure) -> Self {
        Self(label, key: key, values: [value], or: failure) { $0.lowercased() == value ? true : nil }
    }
}

extension Parameter where Value == SSHPublicKey {
    /// Returns a parameter for a log-in key, in the form of a line of a `.pub` file.
    static func publicKey(_ label: String, key: String? = nil, type: ParameterType) -> Self {
        Self(label, key: key, type: type, failures: [.notAKey, .otherKeyType, .keyOptions]) { bytes throws(Failure) in
            do throws(SSHPublicKey.Fault) {
                return try SSHPublicKey(line: Array(bytes.readableBytesView))
            } catch {
                switch error {
                case .malformed: throw .notAKey
                case .otherType: throw .otherKeyType
                case .options: throw .keyOptions
                }
            }
        }
    }
}

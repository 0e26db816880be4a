import Armor
import NIOCore

/// The dialogue between AUTH and its reply. The exchange takes the client's answers and returns the next step. It
/// does no I/O.
///
///     PLAIN (RFC 4616)   C: [authzid] NUL authcid NUL passwd
///     LOGIN              S: Username:   C: name   S: Password:   C: password
///
/// All of these texts are sent in base64.
package struct AuthExchange {
    package enum Mechanism: String, CaseIterable {
        case plain = "PLAIN"
        case login = "LOGIN"
    }

    package enum Step: Equatable {
        /// The session must send 334 with this text, and pass the answer to `received`.
        case ask(String)
        case logIn(name: ByteBuffer, password: ByteBuffer)
    }

    /// The maximum length of an answer in bytes. The longest name and password fit in base64.
    static let answerLimit = 2048

    private let mechanism: Mechanism
    private let initial: ByteBuffer?
    private var name: ByteBuffer?

    package init(_ mechanism: Mechanism, initial: ByteBuffer?) {
        self.mechanism = mechanism
        self.initial = initial
    }

    package mutating func start() throws(Failure) -> Step {
        guard let initial else { return question }
        let isEmpty = initial.readableBytesView.elementsEqual(CollectionOfOne(UInt8(ascii: "=")))
        return try take(isEmpty ? [] : Self.decoded(initial))
    }

    package mutating func received(_ answer: ByteBuffer) throws(Failure) -> Step {
        guard !answer.readableBytesView.elementsEqual(CollectionOfOne(UInt8(ascii: "*"))) else { throw .cancelled }
        return try take(try Self.decoded(answer))
    }

    private var question: Step {
        switch mechanism {
        case .plain: .ask("")
        case .login: .ask(Base64.encode(Array((name == nil ? "Username:" : "Password:").utf8), padded: true))
        }
    }

    private mutating func take(_ answer: [UInt8]) throws(Failure) -> Step {
        switch mechanism {
        case .plain:
            let parts = answer.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0].isEmpty || parts[0] == parts[1] else { throw .badPlain }
            return .logIn(name: ByteBuffer(bytes: parts[1]), password: ByteBuffer(bytes: parts[2]))
        case .login:
            guard let name else {
                name = ByteBuffer(bytes: answer)
                return question
            }
            return .logIn(name: name, password: ByteBuffer(bytes: answer))
        }
    }

    private static func decoded(_ text: ByteBuffer) throws(Failure) -> [UInt8] {
        guard let bytes = Base64.decode(String(buffer: text), padded: true) else { throw .notBase64 }
        return bytes
    }
}

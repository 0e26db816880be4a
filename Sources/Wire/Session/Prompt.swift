import NIOCore

/// The argument or the exchange for which the client was asked. The enum is indirect because prompts are rare, and
/// because every session would otherwise have room for one.
indirect enum Prompt {
    case secret(Request, index: Int)
    case message(Request, index: Int)
    case exchange(AuthExchange)

    /// The next thing to do for a request.
    enum Next {
        /// All arguments are known.
        case request(Request)
        /// The session must ask the client with this reply.
        case ask(Prompt, Reply)
    }

    /// The number of bytes that the unfinished request holds.
    var size: Int {
        switch self {
        case .secret(let request, _), .message(let request, _): request.size
        case .exchange: 0
        }
    }

    /// Raises `limits` to what the client may send in answer to the prompt.
    func raise(_ limits: inout Limits) {
        switch self {
        case .message(let request, _) where request.spec.takesSealed:
            limits.text = Limits.roomForSealed(limits.text)
        case .exchange: limits.line = max(limits.line, AuthExchange.answerLimit)
        case .message, .secret: break
        }
    }

    /// Returns the next step of a request to which the client's answer is added.
    ///
    /// - Throws: the refusal of the answer. The request ends with it.
    func next(_ answer: ByteBuffer, _ manifest: Manifest) throws(Failure) -> Next {
        switch self {
        case .message(var request, let index):
            request.values[index] = .bytes(answer)
            request.bodyForm = .text
            return Self.next(request)
        case .secret(var request, let index):
            guard !answer.readableBytesView.elementsEqual(CollectionOfOne(UInt8(ascii: "*"))) else { throw .cancelled }
            request.values[index] = .bytes(answer)
            return Self.next(request)
        case .exchange(var exchange):
            let step = try exchange.received(answer)
            return try Self.next(step, of: exchange, manifest)
        }
    }

    /// Returns the next step of a request: the prompt for its next missing argument, or the request if none is missing.
    static func next(_ request: Request) -> Next {
        guard let (index, parameter) = request.missing else { return .request(request) }
        let name = parameter.name
        guard parameter.type.isMessage else {
            let text = "Send the \(name) on a line of its own, or * to cancel"
            return .ask(.secret(request, index: index), Reply(334, nil, text))
        }
        let text = "Send the \(name), then a line that is a single dot"
        return .ask(.message(request, index: index), Reply(354, nil, text))
    }

    /// Begins an exchange. Its last step becomes an ordinary request.
    static func begin(_ exchange: consuming AuthExchange, _ manifest: Manifest) throws(Failure) -> Next {
        let step = try exchange.start()
        return try next(step, of: exchange, manifest)
    }

    private static func next(
        _ step: AuthExchange.Step, of exchange: AuthExchange, _ manifest: Manifest
    ) throws(Failure) -> Next {
        switch step {
        case .ask(let text): return .ask(.exchange(exchange), Reply(334, nil, text))
        case .logIn(let name, let password):
            let entry = try SessionCommands.entry(for: RequestLine(head: ByteBuffer(string: "LOGIN")), manifest)
            return .request(try Request(entry, [name, password]))
        }
    }
}

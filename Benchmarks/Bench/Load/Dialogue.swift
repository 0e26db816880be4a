import Glibc

/// A request and its reply on a connection before a load begins.
struct Exchange: Sendable {
    /// The bytes to send; empty to wait for the greeting.
    let request: [UInt8]
    /// The beginning that the reply must have.
    let reply: String

    init(_ request: [UInt8], _ reply: String) {
        self.request = request
        self.reply = reply
    }

    init(_ line: String, _ reply: String) { self.init(Script.line(line), reply) }

    /// The wait for Clavero's greeting.
    static let greeting = Exchange([], "220 ")

    static func logIn(_ name: String, _ password: String) -> Exchange {
        Exchange("LOGIN \(name) \(password)", "235 ")
    }
}

/// A conversation on a blocking connection.
struct Dialogue {
    let channel: Channel

    init(_ target: Target) throws(LoadError) {
        channel = try target.connect()
        var wait = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(channel.descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        guard case .bytes = channel.shakeHands() else {
            close()
            throw LoadError("\(target.host):\(target.port): no TLS handshake")
        }
    }

    /// Sends the request and waits for its reply.
    ///
    /// - Returns: The reply.
    /// - Throws: `LoadError` if the reply is not the expected one, or if none comes within 30 seconds.
    @discardableResult
    func run(_ exchange: Exchange, shape: ReplyShape = .line) throws(LoadError) -> [UInt8] {
        try send(exchange.request)
        var reader = ReplyReader(shape, expecting: exchange.reply)
        var reply: [UInt8] = []
        var checked = 0
        while true {
            reply += try receive()
            let (replies, used) = try reply.withUnsafeBytes { bytes in
                Result { () throws(LoadError) in
                    try reader.read(UnsafeRawBufferPointer(rebasing: bytes[checked...]))
                }
            }.get()
            checked += used
            if replies > 0 { return reply }
        }
    }

    func run(_ exchanges: [Exchange]) throws(LoadError) {
        for exchange in exchanges { try run(exchange) }
    }

    /// Sends a request after whose answer the server closes the connection. Returns the whole answer.
    func readToEnd(behind request: [UInt8]) throws(LoadError) -> [UInt8] {
        try send(request)
        var answer: [UInt8] = []
        while let part = try? receive() { answer += part }
        return answer
    }

    func close() { channel.close() }

    private func send(_ bytes: [UInt8]) throws(LoadError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard case .bytes(let count) = rest.withUnsafeBytes({ channel.write($0) }) else {
                throw LoadError("the connection was closed while a request was sent")
            }
            rest = rest.dropFirst(count)
        }
    }

    private func receive() throws(LoadError) -> [UInt8] {
        var outcome = Channel.Outcome.closed
        let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 14) { room, count in
            outcome = channel.read(into: UnsafeMutableRawBufferPointer(room))
            if case .bytes(let read) = outcome { count = read }
        }
        switch outcome {
        case .bytes: return bytes
        case .wouldBlock: throw LoadError("no reply in 30 seconds")
        case .closed: throw LoadError("the connection was closed instead of a reply")
        }
    }
}

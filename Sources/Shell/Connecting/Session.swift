import Link
import NIOCore
import Wire

/// Where a server is, and how the connection to it is encrypted.
struct Server {
    enum Encryption {
        case none
        /// The session begins in clear and goes on with STARTTLS.
        case startTLS(TLSTrust)
        /// The connection begins with TLS.
        case implicit(TLSTrust)
    }

    let endpoint: Endpoint
    let encryption: Encryption
}

/// Whoever gives a request also gives what the server asks for on top of it.
protocol Answering: AnyObject {
    /// The line that answers a 334.
    func secret(for prompt: Reply) throws(Stop) -> ByteBuffer
    /// Sends what a 354 asks for.
    func sendMessage(for prompt: Reply) throws(Stop)
}

/// A session with one server, and the commands that the server knows. It waits where it has to.
final class Session {
    private static let batch = 1 << 16

    private let server: Server
    private(set) var manifest = Manifest()
    private var connection: ClientConnection?

    init(_ server: Server) {
        self.server = server
    }

    var isConnected: Bool { connection?.isOpen == true }

    /// Connects, and learns what the server can do.
    func connect() throws(Stop) {
        do {
            var trust: TLSTrust?
            if case .implicit(let given) = server.encryption { trust = given }
            connection = try ClientConnection.opening(server.endpoint, tls: trust).wait()
        } catch {
            throw unavailable(error)
        }
        try expectSuccess()
        if case .startTLS(let trust) = server.encryption { try startTLS(trust) }
        try learn()
    }

    /// Goes on encrypted, or not at all.
    private func startTLS(_ trust: TLSTrust) throws(Stop) {
        sendLine(ByteBuffer(string: "STARTTLS"))
        try expectSuccess()
        do {
            try connection?.beginTLS(trust).wait()
        } catch {
            disconnect()
            throw unavailable(error)
        }
    }

    private func expectSuccess() throws(Stop) {
        let reply = try reply()
        guard reply.isSuccess else {
            disconnect()
            throw Stop(message: "\(server.endpoint): \(Output.text(of: reply))", status: reply.status)
        }
    }

    /// Asks which commands there are.
    func learn() throws(Stop) {
        sendLine(ByteBuffer(string: "COMMANDS"))
        let reply = try reply()
        guard reply.isSuccess else { return }
        manifest = Manifest(reply.lines.compactMap { CommandSpec(declaration: Frame(head: ByteBuffer(string: $0))) })
    }

    /// Sends a request by `send`, and gives its reply once the server has all that it asks for.
    func perform(for answering: some Answering, _ send: () throws(Stop) -> Void) throws(Stop) -> Reply {
        try send()
        while true {
            let reply = try reply()
            switch reply.code {
            case 334: sendLine(try answering.secret(for: reply))
            case 354: try answering.sendMessage(for: reply)
            case 220:
                // The server waits for TLS, which nobody has said how to check.
                disconnect()
                throw Stop(message: "TLS is begun with --tls, not by STARTTLS; the session ends", status: .refused)
            default: return reply
            }
        }
    }

    /// A reply that came unasked: the server's last word, as a rule.
    func unaskedReply() -> Reply? {
        guard let reply = try? connection?.arrivedReply().wait() else { return nil }
        if reply.endsSession { disconnect() }
        return reply
    }

    /// Ends the session in the polite way.
    func quit() {
        guard isConnected else { return }
        sendLine(ByteBuffer(string: "QUIT"))
        while let reply = try? reply(), !reply.endsSession {}
        disconnect()
    }

    func disconnect() {
        connection?.close()
        connection = nil
    }

    // MARK: - Sending

    /// Sends octets as they are.
    func send(_ octets: ByteBuffer) {
        try? connection?.sending(octets).wait()
    }

    func sendLine(_ line: ByteBuffer) {
        var octets = ByteBuffer()
        Self.write(line, into: &octets)
        send(octets)
    }

    /// Sends lines until there is no next one, many at a time.
    func sendLines(_ next: () throws(Stop) -> ByteBuffer?) throws(Stop) {
        var octets = ByteBuffer()
        while let line = try next() {
            Self.write(line, into: &octets)
            guard octets.readableBytes >= Self.batch else { continue }
            send(octets)
            octets = ByteBuffer()
        }
        send(octets)
    }

    private static func write(_ line: ByteBuffer, into octets: inout ByteBuffer) {
        for octet in line.readableBytesView {
            octets.writeInteger(octet)
            // Telnet's escape: alone it would vanish from the line, doubled it is seen and refused.
            if octet == 0xFF { octets.writeInteger(octet) }
        }
        octets.writeStaticString("\r\n")
    }

    // MARK: - Receiving

    private func reply() throws(Stop) -> Reply {
        guard let connection else { throw unavailable(ConnectionFailure("connection lost")) }
        do {
            let reply = try connection.nextReply().wait()
            if reply.endsSession { disconnect() }
            return reply
        } catch {
            disconnect()
            throw unavailable(error)
        }
    }

    private func unavailable(_ error: any Error) -> Stop {
        Stop(message: Escaping.shown("\(server.endpoint): \(error)"), status: .unavailable)
    }
}

extension Reply {
    /// 221 and 421 are a server's last words (RFC 5321, 3.8).
    var endsSession: Bool { code == 221 || code == 421 }

    var status: Status {
        switch code {
        case 200..<300: .success
        case 400..<500: .temporary
        default: .refused
        }
    }
}

extension ByteBuffer {
    /// A line of a text with its leading dot doubled (RFC 5321, 4.5.2).
    var dotStuffed: ByteBuffer {
        guard readableBytesView.first == UInt8(ascii: ".") else { return self }
        return ByteBuffer(bytes: [UInt8(ascii: ".")] + readableBytesView)
    }
}

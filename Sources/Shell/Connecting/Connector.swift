import Link
import NIOCore
import Synchronization
import Wire

/// Opens connections to one server: greeted, encrypted where they leave the machine, and to a server that is believed.
struct Connector {
    let destination: Destination
    let endpoint: Endpoint
    /// Whether the connection begins with TLS, or goes on with it; nil where it is in clear.
    let encryption: Destination.TLS?
    private let known: KnownServers

    init(_ destination: Destination, known: KnownServers = KnownServers()) throws(Stop) {
        self.destination = destination
        self.known = known
        if let socket = destination.socket {
            guard let endpoint = Endpoint(socket: socket) else {
                throw Stop(message: "the path of a socket has at most 103 octets", status: .usage)
            }
            (self.endpoint, encryption) = (endpoint, nil)
            return
        }
        let port = destination.port ?? Destination.defaultPort(destination.tls)
        endpoint = .tcp(host: destination.host ?? "127.0.0.1", port: port)
        guard !endpoint.isEveryInterface else {
            throw Stop(message: "* is where a server listens; name the host to connect to", status: .usage)
        }
        let tls = destination.tls ?? (endpoint.isLocal ? .off : .starttls)
        encryption = tls == .off ? nil : tls
    }

    /// What a person calls the server: a profile's name, a socket's, or the first part of the host's.
    var place: String {
        if let socket = destination.socket { return String(socket.split(separator: "/").last ?? "socket") }
        guard let name = destination.name ?? destination.host else { return "localhost" }
        let isName = name.contains { $0.isLetter } && !name.contains(":")
        return isName ? String(name.prefix { $0 != "." }) : name
    }

    /// Whether nobody on the way can read what is said.
    var isPrivate: Bool { encryption != nil || endpoint.isLocal }

    /// - Throws: a `Stop`, also when the person at the terminal does not believe the server.
    func connect() throws(Stop) -> ClientConnection {
        guard encryption != nil else { return try connection(open(nil)) }
        let belief = Belief(destination, endpoint, known)
        let opened = try open(try belief.trust())
        guard case .failure(let failure) = opened, failure.isUntrusted else { return try connection(opened) }
        // The connection is made anew with what was decided, so that what was shown is what is used.
        return try connection(open(try belief.introduce(presentedCertificate(), failure)))
    }

    /// The certificate that the server shows, in DER; nil when it shows none.
    private func presentedCertificate() throws(Stop) -> [UInt8]? {
        let seen = Seen()
        let trust = try Belief.trust(of: destination) { certificate in
            seen.certificate.withLock { $0 = certificate }
            return false
        }
        _ = try open(trust)
        return seen.certificate.withLock { $0 }
    }

    private final class Seen: Sendable {
        let certificate = Mutex<[UInt8]?>(nil)
    }

    // MARK: - Opening

    private typealias Opened = Result<ClientConnection, ConnectionFailure>

    private func connection(_ opened: Opened) throws(Stop) -> ClientConnection {
        switch opened {
        case .success(let connection): return connection
        case .failure(let failure): throw stop(failure)
        }
    }

    private func open(_ trust: TLSTrust?) throws(Stop) -> Opened {
        let opened = try wait(ClientConnection.opening(endpoint, tls: encryption == .implicit ? trust : nil))
        guard case .success(let connection) = opened else { return opened }
        if let failure = try failure(of: connection) { return .failure(failure) }
        guard encryption == .starttls, let trust else { return opened }
        _ = try wait(connection.sending(ByteBuffer(string: "STARTTLS\r\n")))
        if let failure = try failure(of: connection) { return .failure(failure) }
        return try wait(connection.beginTLS(trust)).map { connection }
    }

    /// Why the connection is of no use: the server's next reply is none, or no good one.
    private func failure(of connection: ClientConnection) throws(Stop) -> ConnectionFailure? {
        switch try wait(connection.nextReply()) {
        case .success(let reply) where reply.isSuccess: return nil
        case .success(let reply):
            connection.close()
            throw Stop(message: Escaping.shown("\(endpoint): ") + Output.text(of: reply), status: reply.status)
        case .failure(let failure): return failure
        }
    }

    private func wait<Value: Sendable>(
        _ future: EventLoopFuture<Value>
    ) throws(Stop) -> Result<Value, ConnectionFailure> {
        let value: Value?
        do {
            value = try Interrupt.wait(for: future)
        } catch {
            return .failure(error as? ConnectionFailure ?? ConnectionFailure("\(error)"))
        }
        guard let value else { throw Stop(message: "cancelled", status: .unavailable) }
        return .success(value)
    }

    private func stop(_ failure: ConnectionFailure) -> Stop {
        // Whoever writes a verb in small letters names a server.
        let word = destination.name == destination.host ? destination.name?.uppercased() : nil
        let isWord = failure.description == "no such host" && word.map(Destination.isVerb) == true
        let advice = isWord ? " (a verb is written in capitals)" : ""
        return Stop(message: Escaping.shown("\(endpoint): \(failure)\(advice)"), status: .unavailable)
    }
}

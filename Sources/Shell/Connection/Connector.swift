import Input
import Link
import NIOCore
import Synchronization
import Wire

/// A connector that opens connections to one server. It reads the greeting, begins TLS and checks the server's
/// certificate.
struct Connector {
    let destination: Destination
    let endpoint: Endpoint
    /// The kind of TLS that the connection uses; nil if it is in clear.
    let encryption: Destination.TLS?
    private let known: KnownServers

    init(_ destination: Destination, known: KnownServers = KnownServers()) throws(ExitError) {
        self.destination = destination
        self.known = known
        if let socket = destination.socket {
            guard let endpoint = Endpoint(socket: socket) else {
                throw ExitError(message: "the path of a socket has at most 103 bytes", status: .usage)
            }
            (self.endpoint, encryption) = (endpoint, nil)
            return
        }
        let port = destination.port ?? Destination.defaultPort(destination.tls)
        endpoint = .tcp(host: destination.hostOrDefault, port: port)
        guard !endpoint.isEveryInterface else {
            throw ExitError(message: "* is where a server listens; name the host to connect to", status: .usage)
        }
        let tls = destination.tls ?? (endpoint.isLocal ? .off : .starttls)
        encryption = tls == .off ? nil : tls
    }

    /// The short name of the server: the profile's name, the socket's file name, or the first label of the host name.
    var displayName: String {
        if let socket = destination.socket { return String(socket.split(separator: "/").last ?? "socket") }
        guard let name = destination.name ?? destination.host else { return "localhost" }
        let isName = name.contains { $0.isLetter } && !name.contains(":")
        return isName ? String(name.prefix { $0 != "." }) : name
    }

    /// Whether no other machine on the way can read the connection.
    var isPrivate: Bool { encryption != nil || endpoint.isLocal }

    /// Connects to the server. Asks the user whether to trust an unknown certificate.
    ///
    /// - Throws: an `ExitError`, also if the user does not trust the server.
    func connect() throws(ExitError) -> ClientConnection {
        guard encryption != nil else { return try connection(open(nil)) }
        let serverTrust = ServerTrust(destination, endpoint, known)
        let opened = try open(try serverTrust.tlsTrust())
        guard case .failure(let failure) = opened, failure.isUntrusted else { return try connection(opened) }
        // A second connection, with the decision of the user, ensures that the certificate in use is the one that was
        // shown.
        return try connection(open(try serverTrust.confirm(presentedCertificate(), failure)))
    }

    /// Returns the certificate that the server presents, in DER, or nil if it presents none.
    private func presentedCertificate() throws(ExitError) -> [UInt8]? {
        let presented = PresentedCertificate()
        let trust = try ServerTrust.tlsTrust(for: destination) { certificate in
            presented.certificate.withLock { $0 = certificate }
            return false
        }
        _ = try open(trust)
        return presented.certificate.withLock { $0 }
    }

    private final class PresentedCertificate: Sendable {
        let certificate = Mutex<[UInt8]?>(nil)
    }

    // MARK: - Opening

    private typealias OpenResult = Result<ClientConnection, ConnectionFailure>

    private func connection(_ opened: OpenResult) throws(ExitError) -> ClientConnection {
        switch opened {
        case .success(let connection): return connection
        case .failure(let failure): throw exitError(failure)
        }
    }

    /// The time after which a server that has not greeted is suspected to wait for TLS.
    private static let greetingTime = Duration.milliseconds(1500)

    private func open(_ trust: TLSTrust?) throws(ExitError) -> OpenResult {
        let opened = try wait(ClientConnection.connecting(to: endpoint, tls: encryption == .implicit ? trust : nil))
        guard case .success(let connection) = opened else { return opened }
        let start = ContinuousClock.now
        var hasAdvised = encryption == .implicit || destination.socket != nil
        let greeting = try failure(of: connection) {
            guard !hasAdvised, start.duration(to: .now) > Self.greetingTime else { return }
            hasAdvised = true
            Output.reportError(
                TerminalText.escaped("\(endpoint) sends no greeting; if it begins with TLS, use --tls implicit"))
        }
        if let failure = greeting { return .failure(failure) }
        guard encryption == .starttls, let trust else { return opened }
        _ = try wait(connection.sending(ByteBuffer(string: "STARTTLS\r\n")))
        if let failure = try failure(of: connection) { return .failure(failure) }
        return try wait(connection.beginTLS(trust)).map { connection }
    }

    /// Returns the reason why the connection cannot be used: its next reply is missing or no success.
    private func failure(
        of connection: ClientConnection, tick: () -> Void = {}
    ) throws(ExitError) -> ConnectionFailure? {
        switch try wait(connection.nextReply(), tick: tick) {
        case .success(let reply) where reply.isSuccess: return nil
        case .success(let reply):
            connection.close()
            throw ExitError(
                message: TerminalText.escaped("\(endpoint): ") + Output.text(of: reply), status: reply.exitStatus)
        case .failure(let failure): return failure
        }
    }

    private func wait<Value: Sendable>(
        _ future: EventLoopFuture<Value>, tick: () -> Void = {}
    ) throws(ExitError) -> Result<Value, ConnectionFailure> {
        let value: Value?
        do {
            value = try Interrupt.wait(for: future, tick: tick)
        } catch {
            return .failure(error as? ConnectionFailure ?? ConnectionFailure("\(error)"))
        }
        guard let value else { throw ExitError(message: "cancelled", status: .unavailable) }
        return .success(value)
    }

    private func exitError(_ failure: ConnectionFailure) -> ExitError {
        var advice = ""
        if failure.description == "no such host", destination.name == destination.host,
            destination.name.map({ Destination.looksLikeVerb($0.uppercased()) }) == true
        {
            advice = " (a plugin's verb is written in capitals)"
        } else if encryption == .implicit, failure.description.contains("wrong version number") {
            advice = " (it does not begin with TLS; use --tls starttls)"
        }
        return ExitError(message: TerminalText.escaped("\(endpoint): \(failure)\(advice)"), status: .unavailable)
    }
}

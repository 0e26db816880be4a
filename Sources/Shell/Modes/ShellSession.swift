import Input
import Wire

/// The session of the shell with a server. It survives lost connections: a log-in is resumed on the next one.
final class ShellSession {
    private(set) var connection: ServerConnection
    private let resolver: DestinationResolver
    /// The token with which the log-in is resumed after a lost connection.
    private var resumptionToken: ResumptionToken?
    /// Whether the connection was lost while an account was logged in.
    private var hasLostLogIn = false

    init(_ connection: ServerConnection, _ resolver: DestinationResolver) {
        self.connection = connection
        self.resolver = resolver
    }

    /// Connects, and logs in the user of the destination, if it names one.
    func begin() throws(ExitError) {
        try connection.connect()
        try logIn()
    }

    /// Shows a reply that arrived meanwhile, such as a 421, and connects again if the connection was lost.
    func reconnectIfNeeded() throws(ExitError) {
        if let reply = connection.unsolicitedReply() { Output.reportRefusal(reply) }
        guard !connection.isConnected else { return }
        hasLostLogIn = hasLostLogIn || resumptionToken != nil
        try connection.connect()
        var account = try resumptionToken?.logIn(connection)
        if account == nil {
            try logIn()
            account = connection.account
        }
        Output.reportError(Self.reconnectionText(account, wasLoggedIn: hasLostLogIn))
        hasLostLogIn = false
    }

    /// Connects to the server that `word` names, or to the current one again. The user stays the same, unless `word`
    /// names another. The current connection stays if the new one fails.
    func connect(to word: String?) throws(ExitError) {
        var destination = connection.connector.destination
        let user = connection.account?.description ?? destination.user
        if let word { destination = try resolver.destination(named: word) }
        destination.user = destination.user ?? user
        try connect(to: destination)
    }

    /// Connects to the same server again, encrypted. The user stays the same, and logs in again.
    func beginTLS() throws(ExitError) {
        var destination = connection.connector.destination
        guard connection.connector.encryption == nil, destination.socket == nil else {
            throw ExitError(
                message: destination.socket == nil
                    ? "the connection is encrypted already" : "a Unix socket needs no TLS", status: .usage)
        }
        destination.tls = .starttls
        destination.user = connection.account?.description ?? destination.user
        try connect(to: destination)
        Output.writeMessage(summary)
    }

    private func connect(to destination: Destination) throws(ExitError) {
        let other = ServerConnection(try Connector(destination))
        other.trace = connection.trace
        try other.connect()
        connection.quit()
        (connection, resumptionToken, hasLostLogIn) = (other, nil, false)
        try logIn()
    }

    /// Notes the reply to a request, which may have logged in or out.
    func received(_ reply: Reply) throws(ExitError) {
        if reply.code == 235 {
            resumptionToken = try ResumptionToken(connection)
        } else if connection.isConnected, connection.account == nil {
            // The user has logged out. A new connection must not log in again.
            resumptionToken = nil
        }
    }

    /// Logs in the user of the destination, if it names one, and fetches a resumption token.
    private func logIn() throws(ExitError) {
        try connection.logIn()
        resumptionToken = connection.account == nil ? nil : try ResumptionToken(connection)
    }

    private static func reconnectionText(_ account: AccountName?, wasLoggedIn: Bool) -> String {
        if let account { return "connected again, still as \(account)" }
        return wasLoggedIn ? "connected again; you have to log in again" : "connected again"
    }

    // MARK: - Texts

    var prompt: String {
        ShellPrompt.text(
            account: connection.account, server: connection.connector.displayName,
            isConnected: connection.isConnected, isPrivate: connection.connector.isPrivate)
    }

    /// The account, the server, and the encryption of the connection.
    var summary: String {
        let connector = connection.connector
        let account = connection.account.map { "\($0)" } ?? "not logged in"
        return "\(account) at \(TerminalText.escaped("\(connector.endpoint)")), "
            + (connection.isConnected ? encryption : "not connected")
    }

    /// The first two lines of the screen: where the user is, and what to type.
    var greeting: String {
        let connector = connection.connector
        let place = "Connected to \(TerminalText.escaped("\(connector.endpoint)")), \(encryption)."
        guard let account = connection.account else {
            return place + "\nSIGNUP name makes an account, LOGIN name logs in, HELP lists the commands."
        }
        return place + "\nYou are logged in as \(account). HELP lists the commands, Ctrl-D ends."
    }

    private var encryption: String {
        let connector = connection.connector
        if connector.encryption != nil { return "encrypted by TLS" }
        return connector.isPrivate ? "in clear, which does not leave this machine" : "in clear: others may read it"
    }
}

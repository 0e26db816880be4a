import NIOCore
import Wire

/// The shell at a terminal. Each line that is typed is a request, a meta-command or a question.
final class InteractiveShell {
    private var connection: ServerConnection
    private let resolver: DestinationResolver
    private var showsTiming = false
    private let history = History()
    private var names = SeenAccountNames()
    /// The token with which the log-in is resumed after a lost connection.
    private var resumptionToken: ResumptionToken?
    /// Whether the connection was lost while an account was logged in.
    private var hasLostLogIn = false

    init(_ connection: ServerConnection, _ resolver: DestinationResolver) {
        self.connection = connection
        self.resolver = resolver
    }

    /// Connects, and reads lines until the user ends the session.
    func run() throws(ExitError) {
        try Interrupt.withHandler { () throws(ExitError) in
            try connection.connect()
            try logIn()
            LineEditor.prepare()
            defer { history.close() }
            readLines()
        }
    }

    private func readLines() {
        while true {
            _ = Interrupt.consume()
            switch LineEditor.readLine(prompt, self) {
            case .text(let line):
                guard !line.allSatisfy({ $0 == UInt8(ascii: " ") }) else { continue }
                guard run(line) else { return }
            case .cancelled:
                continue
            case .endOfInput:
                Output.writeMessage("")
                return connection.quit()
            }
        }
    }

    private var prompt: String {
        ShellPrompt.text(
            account: connection.account, server: connection.connector.displayName,
            isConnected: connection.isConnected, isPrivate: connection.connector.isPrivate)
    }

    /// Runs a line. Returns false if the shell ends after it.
    private func run(_ line: [UInt8]) -> Bool {
        defer { history.add(line, connection.manifest) }
        do throws(ExitError) {
            if let command = MetaCommand(line) { return try run(command) }
            return try perform(try validated(line))
        } catch {
            Output.reportError(error.message)
            return true
        }
    }

    // MARK: - Requests

    private func perform(_ line: [UInt8]) throws(ExitError) -> Bool {
        try reconnectIfNeeded()
        if let help = HelpQuestion(line) { return try perform(help.request) }
        try requireKnownVerb(line)
        let request = InteractiveRequest(line, connection)
        let start = ContinuousClock.now
        let reply = try request.run()
        guard let reply else { return true }
        if showsTiming { Output.writeMessage("Time: \(DurationFormat.text(start.duration(to: .now)))") }
        if reply.code == 235 {
            resumptionToken = try ResumptionToken(connection)
        } else if connection.isConnected, connection.account == nil {
            // The user has logged out. A new connection must not log in again.
            resumptionToken = nil
        }
        if reply.isSuccess { names.addNames(from: line, connection.spec(of: request.verb), reply) }
        return reply.code != 221
    }

    /// Returns the line if a server would read it as one line of UTF-8.
    private func validated(_ line: [UInt8]) throws(ExitError) -> [UInt8] {
        guard LiteralMark.atEnd(of: line) == nil, !line.contains(UInt8(ascii: "\n")) else {
            throw ExitError(message: "a request here is one line; a file is sent by <file. Not sent", status: .usage)
        }
        guard String(validating: line, as: UTF8.self) != nil else {
            throw ExitError(message: "the line is not UTF-8. Not sent", status: .usage)
        }
        return line
    }

    /// Refuses a line whose verb the server does not know. It is not sent, since it may hold a secret.
    private func requireKnownVerb(_ line: [UInt8]) throws(ExitError) {
        let word = TypedWord.split(line).first?.text ?? ""
        if let verb = Verb(word.utf8) {
            if connection.manifest[verb] == nil { try connection.loadManifest() }
            if connection.manifest[verb] != nil || connection.manifest.specs.isEmpty { return }
        }
        let suggestion = VerbSuggestion.suggestion(for: word, in: connection.manifest)
        let advice = suggestion.map { "; did you mean \($0)?" } ?? "; ? lists them"
        throw ExitError(message: "there is no command \(TerminalText.escaped(word))\(advice)", status: .refused)
    }

    // MARK: - The connection

    /// Logs in the user of the destination, if it names one, and fetches a resumption token.
    private func logIn() throws(ExitError) {
        try connection.logIn()
        resumptionToken = connection.account == nil ? nil : try ResumptionToken(connection)
    }

    /// Shows a reply that arrived meanwhile, such as a 421, and connects again if the connection was lost.
    private func reconnectIfNeeded() throws(ExitError) {
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

    private static func reconnectionText(_ account: AccountName?, wasLoggedIn: Bool) -> String {
        if let account { return "connected again, still as \(account)" }
        return wasLoggedIn ? "connected again; you have to log in again" : "connected again"
    }

    // MARK: - Meta-commands

    /// Runs a meta-command. Returns false if the shell ends after it.
    private func run(_ command: MetaCommand) throws(ExitError) -> Bool {
        switch command.name {
        case .connect: try connect(command.argument)
        case .help: Pager.show(MetaCommand.help)
        case .quit:
            connection.quit()
            return false
        case .timing:
            showsTiming.toggle()
            Output.writeMessage("timing is \(showsTiming ? "on" : "off")")
        case .trace:
            connection.trace = connection.trace == nil ? ProtocolTrace() : nil
            Output.writeMessage("trace is \(connection.trace == nil ? "off" : "on")")
        case .who: Output.writeMessage(connectionSummary)
        case nil:
            throw ExitError(
                message: "there is no \(TerminalText.escaped(command.word)); \\help lists them", status: .usage)
        }
        return true
    }

    /// Connects to the server that `word` names, or to the current one again. The current connection stays if the new one
    /// fails.
    private func connect(_ word: String?) throws(ExitError) {
        let connector =
            try word.map { word throws(ExitError) in try Connector(try resolver.destination(named: word)) }
            ?? connection.connector
        let other = ServerConnection(connector)
        other.trace = connection.trace
        try other.connect()
        connection.quit()
        (connection, resumptionToken, hasLostLogIn) = (other, nil, false)
        try logIn()
    }

    /// The account, the server, and the encryption of the connection.
    private var connectionSummary: String {
        let connector = connection.connector
        let account = connection.account.map { "\($0)" } ?? "nobody"
        let encryption =
            connector.encryption != nil
            ? "encrypted by TLS" : connector.isPrivate ? "in clear, which does not leave this machine" : "in clear"
        let state = connection.isConnected ? encryption : "not connected"
        return "\(account) at \(TerminalText.escaped("\(connector.endpoint)")), \(state)"
    }
}

extension InteractiveShell: TypingAssistant {
    func hint(for line: [UInt8]) -> String {
        UsageHint.text(line, connection.manifest)
    }

    func completion(of line: [UInt8], cursor: Int) -> LineCompletion {
        LineCompletion(
            line, cursor: cursor,
            LineCompletion.Context(
                manifest: connection.manifest, names: names.all,
                commands: MetaCommand.Name.allCases.map { "\\\($0)" },
                files: FileNameCompletion.paths(beginningWith:)))
    }
}

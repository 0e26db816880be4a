import Input
import NIOCore
import Wire

/// The shell at a terminal. Each line that is typed is a request, a meta-command or a question.
final class InteractiveShell {
    private let session: ShellSession
    private var showsTiming = false
    private let history = History()
    private var names = SeenAccountNames()
    /// The body of the last answer, for which `$_` stands; nil if there is none.
    private var lastResult: ByteBuffer?
    /// The last request with a message that was typed in answer to the server's question.
    private var lastText: (request: [UInt8], lines: [[UInt8]])?

    init(_ connection: ServerConnection, _ resolver: DestinationResolver) {
        session = ShellSession(connection, resolver)
    }

    private var connection: ServerConnection { session.connection }

    /// Connects, and reads lines until the user ends the session.
    func run() throws(ExitError) {
        try Interrupt.withHandler { () throws(ExitError) in
            try session.begin()
            Output.writeMessage(session.greeting)
            LineEditor.prepare()
            defer { history.close() }
            readLines()
        }
    }

    private func readLines() {
        while true {
            // A file may include itself, so Ctrl-C between its lines ends it.
            if Interrupt.consume() { LineEditor.forgetWaitingLines() }
            switch LineEditor.readLine(session.prompt, self) {
            case .text(let line):
                // A blank line inside a message is a part of it, and is not read here.
                guard !ScriptRunner.isSkipped(ByteBuffer(bytes: line)) else { continue }
                guard run(line) else { return }
            case .cancelled:
                LineEditor.forgetWaitingLines()
            case .endOfInput:
                Output.writeMessage("")
                return connection.quit()
            }
        }
    }

    /// Runs a line. Returns false if the shell ends after it.
    ///
    /// If the line is refused or cancelled, the pasted or included lines after it do not run.
    private func run(_ line: [UInt8]) -> Bool {
        let typed = Array(line.drop { $0 == UInt8(ascii: " ") })
        do throws(ExitError) {
            let outcome = if let command = MetaCommand(typed) { try run(command) } else { try perform(typed) }
            history.add(line, connection.manifest)
            if outcome == .refused { forgetWaitingLines() }
            return outcome != .ended
        } catch {
            if !error.holdsSecret { history.add(line, connection.manifest) }
            Output.reportError(error.message)
            forgetWaitingLines()
            return true
        }
    }

    private func forgetWaitingLines() {
        let count = LineEditor.forgetWaitingLines()
        if count > 0 { Output.reportError("the \(count == 1 ? "line" : "\(count) lines") after this one did not run") }
    }

    /// The result of a line.
    private enum Outcome {
        case done
        /// The request was refused or cancelled.
        case refused
        /// The session is over.
        case ended
    }

    // MARK: - Requests

    /// - Parameter text: the lines of the message; nil if the line has the message, or it is to be typed.
    private func perform(_ typed: [UInt8], text: [[UInt8]]? = nil) throws(ExitError) -> Outcome {
        let line = try LastAnswer.replaced(in: try Self.validated(typed), by: lastResult)
        try session.reconnectIfNeeded()
        if let help = HelpQuestion(line) { return try perform(help.request) }
        try requireKnownVerb(line)
        let request = InteractiveRequest(line, text: text, connection)
        if request.beginsTLS {
            try session.beginTLS()
            return .done
        }
        let start = ContinuousClock.now
        defer { if !request.typedLines.isEmpty { lastText = (line, request.typedLines) } }
        guard let reply = try run(request) else { return .refused }
        if showsTiming { Output.writeMessage("Time: \(DurationFormat.text(start.duration(to: .now)))") }
        try session.received(reply)
        guard reply.isSuccess else { return reply.endsSession ? .ended : .refused }
        lastResult = request.result ?? lastResult
        names.addNames(from: line, connection.spec(of: request.verb), reply)
        return reply.code == 221 ? .ended : .done
    }

    /// Runs a request. If it fails, says how to send its typed message again.
    private func run(_ request: InteractiveRequest) throws(ExitError) -> Reply? {
        do throws(ExitError) {
            let reply = try request.run()
            if reply?.isSuccess == false { offerAgain(request) }
            return reply
        } catch {
            offerAgain(request)
            throw error
        }
    }

    private func offerAgain(_ request: InteractiveRequest) {
        if !request.typedLines.isEmpty { Output.writeMessage("The text is kept: \\again sends it again.") }
    }

    /// Sends a request whose message the user writes in an editor, once nothing but that message is missing.
    private func edit(_ typed: [UInt8]) throws(ExitError) -> Outcome {
        let line = try LastAnswer.replaced(in: try Self.validated(typed), by: lastResult)
        try session.reconnectIfNeeded()
        try requireKnownVerb(line)
        try InteractiveRequest(line, connection).requireMissingMessage()
        let text = try MessageEditor.lines()
        // The text is kept from here on, also if the connection was lost meanwhile.
        lastText = (line, text)
        return try perform(line, text: text)
    }

    /// Returns the line if a server would read it as one line of UTF-8.
    private static func validated(_ line: [UInt8]) throws(ExitError) -> [UInt8] {
        guard LiteralMark.atEnd(of: line) == nil else {
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
        throw ExitError(message: "unknown command \(TerminalText.escaped(word))\(advice)", status: .refused)
    }

    // MARK: - Meta-commands

    private func run(_ command: MetaCommand) throws(ExitError) -> Outcome {
        try command.requireNoOtherArguments()
        switch command.name {
        case .again:
            guard let lastText else {
                throw ExitError(message: "no message was typed that could be sent again", status: .usage)
            }
            return try perform(lastText.request, text: lastText.lines)
        case .connect: try session.connect(to: command.argument)
        case .edit: return try edit(command.request())
        case .help: Pager.show(MetaCommand.help)
        case .include:
            guard LineEditor.readNext(try command.includedLines()) else {
                throw ExitError(
                    message: "\\include: more than \(WaitingLines.deepest) files include each other", status: .input)
            }
        case .quit:
            connection.quit()
            return .ended
        case .timing:
            showsTiming.toggle()
            Output.writeMessage("timing is \(showsTiming ? "on" : "off")")
        case .trace:
            connection.trace = connection.trace == nil ? ProtocolTrace() : nil
            Output.writeMessage("trace is \(connection.trace == nil ? "off" : "on")")
        case .who: Output.writeMessage(session.summary)
        case nil:
            throw ExitError(
                message: "unknown command \(TerminalText.escaped(command.word)); \\help lists the shell's own",
                status: .usage)
        }
        return .done
    }
}

extension InteractiveShell: TypingAssistant {
    func hint(for line: [UInt8]) -> String {
        UsageHint.text(line, connection.manifest)
    }

    func masked(_ line: [UInt8]) -> String {
        ProtocolTrace.masked(line, connection.spec(of: RequestLine(head: ByteBuffer(bytes: line)).verb))
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

import ArgumentParser
import Glibc
import Input
import Link
import Wire

/// The client program. It sends one request from its arguments, runs a script from standard input, or is a shell at a
/// terminal.
@main
struct Clavero: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clavero",
        abstract: "Talk to a Clavero server.",
        usage: """
            clavero [options] [server] [VERB argument ...]
            """,
        discussion: """
            With a verb, sends one request and prints the answer. The verbs of plugins are written in capitals. \
            Without a verb, it is a shell at a terminal, and reads requests from standard input otherwise. The server \
            is [user@]host[:port], clavero://[user@]host[:port], or a name from the configuration file.
            """,
        version: Version.text)

    @OptionGroup var connectionOptions: ConnectionOptions

    @Flag(help: "Print each answer, or each second's figures, as one JSON object on a line.")
    var json = false

    @Option(help: "Print one member of that object alone: body, from, account, key, code …")
    var field: String?

    @Flag(help: "Print sealed messages as bytes, or as text.")
    var form: AnswerForm = .armor

    @Flag(help: "In a script, continue after a request that is refused.")
    var keepGoing = false

    @OptionGroup var monitor: MonitorOptions

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The server, and the verb and its arguments.", valueName: "request"),
        completion: .custom { CommandLineCompletion.candidates($0, $1, $2) })
    var request: [String] = []

    static func main() {
        StandardStreams.reserve()
        let arguments = ProgramArguments.repaired
        guard arguments != ["--generate-completion-script", "zsh"] else { end(zshCompletion) }
        do {
            var command = try parseAsRoot(optionsFirst(arguments))
            try command.run()
        } catch {
            let (message, code) = (fullMessage(for: error), exitCode(for: error))
            // After the verb, --json is a part of the request.
            let options = arguments.prefix { !Destination.looksLikeVerb($0) }
            guard code != .success, !message.isEmpty, options.contains("--json") else { end(message, code) }
            // The command line is wrong. That is an object like every outcome.
            Output.write(JSONAnswer(ExitError(message: message, status: .usage)).bytes)
            end("", code)
        }
        end("")
    }

    /// Prints the message and ends the program. The message goes to standard error if the program fails.
    private static func end(_ message: String, _ code: ExitCode = .success) -> Never {
        if !message.isEmpty {
            if code == .success { print(message) } else { Output.writeMessage(message) }
        }
        Output.finish()
        Glibc.exit(code.rawValue)
    }

    /// The completion script of ArgumentParser without the completion of subcommands. The program has none, and zsh
    /// refuses a second declaration of the remaining arguments.
    private static var zshCompletion: String {
        completionScript(for: .zsh).split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.contains("'(-): :->command'") && !$0.contains("'(-)*:: :->arg'") }.joined(separator: "\n")
    }

    /// Returns the arguments with the options after the server moved before it. Arguments after a verb belong to the
    /// request.
    static func optionsFirst(_ arguments: [String]) -> [String] {
        guard let command = try? parse(arguments), let server = command.request.first, server != "--",
            !Destination.looksLikeVerb(server)
        else { return arguments }
        let others = arguments.dropLast(command.request.count) + command.request.dropFirst()
        // An error in these options is reported when they are parsed again.
        guard let command = try? parse(Array(others)) else { return Array(others) }
        return others.dropLast(command.request.count) + [server] + command.request
    }

    func validate() throws {
        // ArgumentParser passes these two options through instead of handling them.
        switch request.first {
        case "--help", "-h": throw CleanExit.helpRequest(self)
        case "--version": throw CleanExit.message(Version.text)
        case let option? where option.hasPrefix("-") && option != "--":
            throw ValidationError("Unknown option '\(TerminalText.escaped(option))'")
        case _: break
        }
    }

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        do throws(ExitError) {
            let arguments = try RequestArguments(request)
            guard field == nil || !arguments.words.isEmpty else {
                throw ExitError(message: "--field takes a request", status: .usage)
            }
            let resolver = try DestinationResolver(options: connectionOptions.destination)
            let connection = ServerConnection(try Connector(try resolver.initialDestination(arguments.server)))
            if monitor.isEnabled {
                guard arguments.words.isEmpty else {
                    throw ExitError(message: "--latency and --stat take no request", status: .usage)
                }
                try monitor.run(connection, isJSON: json)
            } else if !arguments.words.isEmpty {
                try SingleRequest(arguments.words, connection, answer(to: arguments.words)).run()
            } else if Terminal.isStandardInput {
                guard !json else {
                    throw ExitError(message: "--json takes a request, or a script on standard input", status: .usage)
                }
                try InteractiveShell(connection, resolver).run()
            } else {
                try ScriptRunner(connection, isJSON: json, continuesAfterRefusal: keepGoing).run()
            }
        } catch {
            report(error)
            throw ExitCode(error.status.rawValue)
        }
    }

    /// Returns the writer of the answer to a request.
    private func answer(to words: [[UInt8]]) -> AnswerWriter {
        let target: AnswerWriter.Target =
            if let field { .field(field) } else if json { .json(line: nil) } else { .standard }
        return AnswerWriter(target, words.first.flatMap { Verb($0) }, form: form)
    }

    /// Reports the failure that ends the program. With `--json`, it is an object like every answer.
    private func report(_ error: ExitError) {
        // The message is empty if a JSON object has already reported the refusal.
        guard !error.message.isEmpty else { return }
        if json, field == nil { return Output.write(JSONAnswer(error).bytes) }
        Output.reportError(error.message)
    }
}

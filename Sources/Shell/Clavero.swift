import ArgumentParser
import Glibc
import Input
import Link

/// The client program: one request from its arguments, a script from standard input, or a shell at a terminal.
@main
struct Clavero: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clavero",
        abstract: "Talk to a Clavero server.",
        usage: """
            clavero [options] [server] [VERB argument ...]
            """,
        discussion: """
            With a verb, which is written in capitals, sends one request and prints the answer. Without one, it is a \
            shell at a terminal, and reads requests from standard input otherwise. The server is [user@]host[:port], \
            clavero://[user@]host[:port], or a name from the configuration file.
            """,
        version: version)

    private static let version = "0.1.0"

    @OptionGroup var connection: ConnectionOptions

    @Flag(help: "Print each answer as one JSON object on a line.")
    var json = false

    @Flag(help: "In a script, go on behind a refusal.")
    var keepGoing = false

    @OptionGroup var looking: LookingOptions

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The server, and the verb and its arguments.", valueName: "request"),
        completion: .custom { OuterCompletion.candidates($0, $1, $2) })
    var request: [String] = []

    static func main() {
        StandardStreams.reserve()
        let arguments = ProgramArguments.mended
        guard arguments != ["--generate-completion-script", "zsh"] else { end(zshCompletion) }
        do {
            var command = try parseAsRoot(optionsFirst(arguments))
            try command.run()
        } catch {
            end(fullMessage(for: error), exitCode(for: error))
        }
        end("")
    }

    /// Prints the message, to standard error if the program fails, and ends the program.
    private static func end(_ message: String, _ code: ExitCode = .success) -> Never {
        if !message.isEmpty {
            if code == .success { print(message) } else { Output.note(message) }
        }
        Output.finish()
        Glibc.exit(code.rawValue)
    }

    /// The script of the argument parser's, which would also complete commands of ours below this one: there are none,
    /// and zsh refuses a second declaration of all other arguments.
    private static var zshCompletion: String {
        completionScript(for: .zsh).split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.contains("'(-): :->command'") && !$0.contains("'(-)*:: :->arg'") }.joined(separator: "\n")
    }

    /// The arguments with the options that stand behind the server before it. What stands behind a verb is the request's.
    static func optionsFirst(_ arguments: [String]) -> [String] {
        guard let command = try? parse(arguments), let server = command.request.first, server != "--",
            !Destination.isVerb(server)
        else { return arguments }
        let others = arguments.dropLast(command.request.count) + command.request.dropFirst()
        // What is wrong with them is said once they are parsed again.
        guard let command = try? parse(Array(others)) else { return Array(others) }
        return others.dropLast(command.request.count) + [server] + command.request
    }

    func validate() throws {
        // What is passed through takes these two with it.
        switch request.first {
        case "--help", "-h": throw CleanExit.helpRequest(self)
        case "--version": throw CleanExit.message(Self.version)
        case let option? where option.hasPrefix("-") && option != "--":
            throw ValidationError("Unknown option '\(Escaping.shown(option))'")
        case _: break
        }
    }

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        do throws(Stop) {
            let words = Words(request)
            let places = try Places(options: connection.destination)
            let session = Session(try Connector(try places.destination(words.server)))
            if looking.isWanted {
                guard words.request.isEmpty else {
                    throw Stop(message: "--latency and --stat take no request", status: .usage)
                }
                try looking.run(session)
            } else if !words.request.isEmpty {
                try OneCommand(words.request, session, isJSON: json).run()
            } else if Screen.isInput {
                try Interactive(session, places).run()
            } else {
                try Script(session, isJSON: json, keepsGoing: keepGoing).run()
            }
        } catch {
            // A refusal that is an object already needs no words.
            if !error.message.isEmpty { Output.complain(error.message) }
            throw ExitCode(error.status.rawValue)
        }
    }

    /// The words behind the options: the server, if one is named, and the request's as octets, since what is not UTF-8 was
    /// mended on its way into a String.
    private struct Words {
        private(set) var server: String?
        private(set) var request: [[UInt8]] = []

        init(_ words: [String]) {
            var given = ProgramArguments.octets.suffix(words.count)
            var words = words[...]
            let isPlain = words.first == "--"
            if isPlain { (words, given) = (words.dropFirst(), given.dropFirst()) }
            if !isPlain, let first = words.first, !Destination.isVerb(first) {
                server = first
                given = given.dropFirst(words.dropFirst().first == "--" ? 2 : 1)
            }
            request = given.map(Self.take)
        }

        /// Others on the machine can see a program's arguments: what is taken is blotted out.
        private static func take(_ word: UnsafeMutableBufferPointer<UInt8>) -> [UInt8] {
            defer { word.update(repeating: UInt8(ascii: "x")) }
            return Array(word)
        }
    }
}

import ArgumentParser
import Glibc
import Link
import Wire

/// The client program: one request from its arguments, a script from standard input, or a shell at a terminal.
@main
struct Clavero: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clavero",
        abstract: "Talk to a Clavero server.",
        discussion: """
            With a verb, sends one request and prints the answer. Without one, it is a shell at a terminal, and reads \
            requests from standard input otherwise.
            """,
        version: version)

    private static let version = "0.1.0"

    @Option(help: "Where the server is (CLAVERO_HOST; default: 127.0.0.1).")
    var host: String?

    @Option(help: "The port that it listens on (CLAVERO_PORT; default: 6000, or 6443 with --tls implicit).")
    var port: String?

    @Option(help: "A Unix socket to connect to instead, such as a server's admin socket.")
    var socket: String?

    @Option(
        help: "TLS: off, starttls, or implicit, from the first octet on (default: starttls, off on this machine).")
    var tls: TLS?

    @Option(help: "Certificates in PEM to know the server by, instead of the system's (CLAVERO_CA).")
    var ca: String?

    enum TLS: String, ExpressibleByArgument, CaseIterable {
        case off, starttls, implicit
    }

    @Flag(help: "Print each answer as one JSON object on a line.")
    var json = false

    @Flag(help: "In a script, go on behind a refusal.")
    var keepGoing = false

    @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("The verb and its arguments.", valueName: "request"))
    var request: [String] = []

    func validate() throws {
        _ = try server
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
        let session = Session(Connector(server: try server))
        let words = words
        do throws(Stop) {
            if !words.isEmpty {
                try OneCommand(words, session, isJSON: json).run()
            } else if Screen.isInput {
                try Interactive(session).run()
            } else {
                try Script(session, isJSON: json, keepsGoing: keepGoing).run()
            }
        } catch {
            // A refusal that is an object already needs no words.
            if !error.message.isEmpty { Output.complain(error.message) }
            throw ExitCode(error.status.rawValue)
        }
    }

    private var server: Server {
        get throws {
            let environment = Environment.variable
            if let socket {
                guard let endpoint = Endpoint(socket: socket) else {
                    throw ValidationError("--socket takes a path of at most 103 octets")
                }
                return Server(endpoint: endpoint, encryption: .none)
            }
            let port = port ?? environment("CLAVERO_PORT") ?? (tls == .implicit ? "6443" : "6000")
            guard let number = Int(port), 1...65535 ~= number else {
                throw ValidationError("A port is a number from 1 to 65535")
            }
            let host = host ?? environment("CLAVERO_HOST") ?? "127.0.0.1"
            let endpoint = Endpoint.tcp(host: host, port: number)
            let trust = { () throws in try TLSTrust(host: host, authority: ca ?? environment("CLAVERO_CA")) }
            switch tls ?? (endpoint.isLocal ? .off : .starttls) {
            case .off: return Server(endpoint: endpoint, encryption: .none)
            case .starttls: return Server(endpoint: endpoint, encryption: .startTLS(try trust()))
            case .implicit: return Server(endpoint: endpoint, encryption: .implicit(try trust()))
            }
        }
    }

    /// The request's words as octets: what is not UTF-8 was mended on its way into a String.
    private var words: [[UInt8]] {
        let count = Int(CommandLine.argc)
        let words = (count - request.count..<count).map { index in
            let word = CommandLine.unsafeArgv[index]!
            return Array(UnsafeRawBufferPointer(start: word, count: strlen(word)))
        }
        return request.first == "--" ? Array(words.dropFirst()) : words
    }
}

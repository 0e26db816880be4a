import ArgumentParser
import Glibc
import NIOCore
import Wire

/// Completion of the program's arguments in bash, zsh and fish. It asks the server for its commands, so that a
/// plugin's commands are completed as well.
enum CommandLineCompletion {
    /// The time limit for an answer of the server, in seconds.
    private static let timeout: UInt32 = 2

    /// Returns the completions of a word on the command line.
    ///
    /// - Parameters:
    ///   - words: the words of the command line, beginning with the program.
    ///   - index: the index of the word that is completed.
    ///   - prefix: the beginning of that word, up to the cursor.
    static func candidates(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        // A completion must not prompt the user, and must not write to the terminal.
        let null = open("/dev/null", O_RDWR)
        dup2(null, STDIN_FILENO)
        dup2(null, STDERR_FILENO)
        alarm(timeout)
        let before = words.prefix(max(1, index)).dropFirst()
        guard let command = try? Clavero.parse(Clavero.optionsFirst(Array(before))) else { return [] }
        var request = command.request[...]
        var server: String?
        if let first = request.first, !Destination.looksLikeVerb(first) { server = request.removeFirst() }
        guard let manifest = try? manifest(command.connectionOptions, server) else { return [] }
        return candidates(Array(request) + [prefix], manifest)
    }

    /// Returns the completions of the last of a request's words.
    static func candidates(_ words: [String], _ manifest: Manifest) -> [String] {
        let head = words.dropLast().map(quoted).joined(separator: " ")
        let start = head.isEmpty ? "" : head + " "
        let line = Array((start + (words.last ?? "")).utf8)
        let completion = LineCompletion(line, cursor: line.count, LineCompletion.Context(manifest: manifest))
        let kept = String(decoding: line[min(start.utf8.count, completion.start)..<completion.start], as: UTF8.self)
        return completion.candidates.map { kept + $0 }
    }

    private static func quoted(_ word: String) -> String {
        guard word.isEmpty || word.contains(where: { " \"\\".contains($0) }) else { return word }
        return TypedWord.quoted(word)
    }

    private static func manifest(_ options: ConnectionOptions, _ server: String?) throws(ExitError) -> Manifest {
        let resolver = try DestinationResolver(options: options.destination)
        let connection = ServerConnection(try Connector(try resolver.initialDestination(server)))
        try connection.connect()
        connection.disconnect()
        return connection.manifest
    }
}

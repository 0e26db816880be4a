import ArgumentParser
import Glibc
import NIOCore
import Wire

/// Completion in the shell that clavero is called from: the server of the command line that is being typed is asked what
/// commands it has, so that a plugin's are completed like any other.
enum OuterCompletion {
    /// Seconds after which nothing is offered.
    private static let patience: UInt32 = 2

    /// What may stand for the word at `index`. `words`: the command line, the program first; `prefix`: that word up to the
    /// cursor.
    static func candidates(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        // Nobody is asked anything now, and no time is wasted.
        let nowhere = open("/dev/null", O_RDWR)
        dup2(nowhere, STDIN_FILENO)
        dup2(nowhere, STDERR_FILENO)
        alarm(patience)
        let before = words.prefix(max(1, index)).dropFirst()
        guard let command = try? Clavero.parse(Clavero.optionsFirst(Array(before))) else { return [] }
        var request = command.request[...]
        var server: String?
        if let first = request.first, !Destination.isVerb(first) { server = request.removeFirst() }
        guard let manifest = try? manifest(command.connection, server) else { return [] }
        return candidates(Array(request) + [prefix], manifest)
    }

    /// What may stand for the last of a request's words.
    static func candidates(_ words: [String], _ manifest: Manifest) -> [String] {
        let head = words.dropLast().map(quoted).joined(separator: " ")
        let start = head.isEmpty ? "" : head + " "
        let line = Array((start + (words.last ?? "")).utf8)
        let completion = Completion(line, cursor: line.count, Completion.Knowledge(manifest: manifest))
        let kept = String(decoding: line[min(start.utf8.count, completion.start)..<completion.start], as: UTF8.self)
        return completion.candidates.map { kept + $0 }
    }

    private static func quoted(_ word: String) -> String {
        guard word.isEmpty || word.contains(where: { " \"\\".contains($0) }) else { return word }
        return Words.quoted(word)
    }

    private static func manifest(_ options: ConnectionOptions, _ server: String?) throws(Stop) -> Manifest {
        let places = try Places(options: options.destination)
        let session = Session(try Connector(try places.destination(server)))
        try session.connect()
        session.disconnect()
        return session.manifest
    }
}

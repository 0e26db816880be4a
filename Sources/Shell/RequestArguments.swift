import Input

/// The program's arguments after the options: the server, if one is named, and the words of the request.
struct RequestArguments {
    private(set) var server: String?
    /// The words of the request, as bytes: an argument need not be UTF-8.
    private(set) var words: [[UInt8]] = []

    /// - Parameter arguments: the last arguments of the program, as texts.
    ///
    /// - Throws: an `ExitError` if the word after a server is no verb: the server was probably meant as one.
    init(_ arguments: [String]) throws(ExitError) {
        var bytes = ProgramArguments.bytes.suffix(arguments.count)
        var arguments = arguments[...]
        let hasNoServer = arguments.first == "--"
        if hasNoServer { (arguments, bytes) = (arguments.dropFirst(), bytes.dropFirst()) }
        if !hasNoServer, let first = arguments.first, !Destination.looksLikeVerb(first) {
            server = first
            let names = arguments.dropFirst().first == "--" ? 2 : 1
            let rest = arguments.dropFirst(names)
            guard rest.isEmpty || names == 2 || Destination.looksLikeVerb(rest.first!) else {
                let (word, next) = (TerminalText.escaped(first), TerminalText.escaped(rest.first!))
                throw ExitError(
                    message: "neither \(word) nor \(next) is a verb; the verbs of plugins are in capitals: "
                        + word.uppercased(), status: .usage)
            }
            bytes = bytes.suffix(rest.count)
        }
        words = bytes.map(Self.takeAndOverwrite)
    }

    /// Returns the bytes of an argument, and overwrites them in the list of processes, which others can read.
    private static func takeAndOverwrite(_ word: UnsafeMutableBufferPointer<UInt8>) -> [UInt8] {
        defer { word.update(repeating: UInt8(ascii: "x")) }
        return Array(word)
    }
}

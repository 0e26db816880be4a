import NIOCore

/// The classification of lines that are not requests.
extension RequestLine {
    private static let httpVerbs: Set<Verb> = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PRI",
    ]

    /// Whether the line looks like the request line of HTTP. A web page can make a browser send such lines to this
    /// port.
    var looksLikeHTTP: Bool {
        verb.map(Self.httpVerbs.contains) ?? false
    }

    /// The refusal of a line whose first word is not a verb.
    var verbFailure: Failure {
        let word = firstWord
        if word.isEmpty { return head.readableBytes == 0 ? .emptyLine : .leadingSpace }
        // The line is a header of HTTP, such as `Host: …`.
        if word.last == UInt8(ascii: ":") { return .httpSpoken }
        let looksLikeVerb = word.allSatisfy { byte in
            let letter = byte | 0x20
            return letter >= UInt8(ascii: "a") && letter <= UInt8(ascii: "z")
                || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") || byte == UInt8(ascii: "-")
        }
        return looksLikeVerb && word.count > Verb.maximumLength ? .verbTooLong : .unknownVerb
    }

    /// The number of bytes in the literals.
    var literalSize: Int {
        tails.reduce(0) { $0 + $1.literal.readableBytes }
    }
}

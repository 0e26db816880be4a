import NIOCore

/// What a line is when it is no request.
extension Frame {
    private static let httpVerbs: Set<Verb> = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PRI",
    ]

    /// A browser, or a program that a browser was talked into being, speaks to the port: its request line.
    var looksLikeHTTP: Bool {
        verb.map(Self.httpVerbs.contains) ?? false
    }

    /// Why the first word is no verb.
    var verbFailure: Failure {
        let word = firstWord
        if word.isEmpty { return head.readableBytes == 0 ? .emptyLine : .leadingSpace }
        // A header line: `Host: …`.
        if word.last == UInt8(ascii: ":") { return .httpSpoken }
        let looksLikeVerb = word.allSatisfy { octet in
            let letter = octet | 0x20
            return letter >= UInt8(ascii: "a") && letter <= UInt8(ascii: "z")
                || octet >= UInt8(ascii: "0") && octet <= UInt8(ascii: "9") || octet == UInt8(ascii: "-")
        }
        return looksLikeVerb && word.count > Verb.maximumLength ? .verbTooLong : .unknownVerb
    }

    /// Octets in literals.
    var literalSize: Int {
        tails.reduce(0) { $0 + $1.literal.readableBytes }
    }
}

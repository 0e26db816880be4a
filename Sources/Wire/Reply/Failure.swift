/// A refusal, with one cause, one code and one text. The text is written for the person who reads it.
///
/// The text never repeats unknown input. A code 4yz means that the same request may succeed later, and 5yz that it
/// will not (RFC 5321, section 4.2.1). The enhanced code follows RFC 3463.
public struct Failure: Error, Hashable, Sendable {
    /// The reply code, from 400 to 599. Only the protocol itself uses 421.
    public let code: Int
    /// The enhanced code `class.subject.detail`. Its class is the first digit of the code.
    public let enhanced: String
    /// The text, in one line of printable characters.
    public let text: String

    /// Makes a refusal from its code, its enhanced code and its text.
    public init(_ code: Int, _ enhanced: String, _ text: String) {
        self.code = code
        self.enhanced = enhanced
        self.text = text
    }

    package var reply: Reply { Reply(code, enhanced, text) }
}

/// The refusals that the protocol itself makes for any command.
extension Failure {
    package static let unknownVerb = Failure(500, "5.5.1", "Unknown command; HELP lists them")
    package static let verbTooLong = Failure(500, "5.5.1", "A verb has at most 16 letters, digits and hyphens")
    package static let emptyLine = Failure(500, "5.5.2", "Empty line; HELP lists the commands")
    package static let leadingSpace = Failure(500, "5.5.2", "A line begins with its command, not with a space")
    package static let lineTooLong = Failure(500, "5.5.2", "Line too long; send long content as text or as a literal")
    package static let nulInLine = Failure(500, "5.5.2", "NUL in a line; send binary content as a literal")
    package static let bareCR = Failure(500, "5.5.2", "CR without LF in a line; send binary content as a literal")
    package static let notUTF8 = Failure(500, "5.5.2", "Not UTF-8; send binary content as a literal")
    package static let textNotUTF8 = Failure(554, "5.6.0", "The text is not UTF-8; send binary content as a literal")
    package static let textControl = Failure(
        554, "5.6.0", "NUL or CR in the text; send binary content as a literal")
    package static let unterminatedQuote = Failure(501, "5.5.2", "A quoted string without its closing quote")
    package static let afterQuote = Failure(501, "5.5.2", "A space must follow a closing quote or a literal")
    package static let mixedMessage = Failure(501, "5.5.2", "Text and a literal in one argument")
    package static let tooManyWords = Failure(501, "5.5.4", "Too many words on the line")
    package static let doubledOption = Failure(501, "5.5.4", "An option is given twice")
    package static let unknownOption = Failure(504, "5.5.4", "The command has no such option; HELP shows what it takes")
    package static let badName = Failure(
        501, "5.1.3", "A name has 1 to 64 of a-z 0-9 . _ @ + - and begins with a letter or digit")
    package static let tooManyNames = Failure(501, "5.5.3", "Too many names in one list")
    package static let emptyOption = Failure(501, "5.5.4", "An option without its value")
    package static let memoryFull = Failure(
        452, "4.3.1", "Too many messages are being worked on now; try again later")
    package static let answerTooLarge = Failure(554, "5.3.4", "The answer is too large to be sent")
    package static let mixedLineEnds = Failure(
        554, "5.6.0", "The text's line ends differ from the session's; the session ends")
    package static let cancelled = Failure(501, "5.7.0", "Cancelled")
    package static let endInLine = Failure(501, "5.5.2", "The input ended inside a line; it was not run")
    package static let endInLiteral = Failure(501, "5.5.2", "The input ended inside a literal; it was not run")
    package static let endInText = Failure(501, "5.5.2", "The input ended inside the text; it was not run")
    package static let endInAnswer = Failure(501, "5.5.2", "The input ended where an answer was asked for")
    package static let httpSpoken = Failure(554, "5.5.1", "This is not a web server")
    package static let idle = Failure(421, "4.4.2", "Idle for too long; the session ends")
    package static let tooSlow = Failure(421, "4.4.2", "The request took too long to arrive; the session ends")
    package static let noAnswer = Failure(421, "4.4.7", "No answer from the server in time; the session ends")
    package static let stopping = Failure(421, "4.3.2", "The server is stopping; connect again")
    package static let serverDown = Failure(451, "4.4.1", "The server for this command is not reachable now; try again")
    package static let serverBusy = Failure(451, "4.3.2", "The server for this command is too busy; try again")
    package static let serverLost = Failure(
        451, "4.4.2", "The connection to the server was lost; the command may or may not have been run")
    package static let serverLostInMessage = Failure(
        451, "4.4.2", "The connection to the server was lost while the message was sent; the command was not run")
    /// A server sends this refusal to a proxy. No client sees it.
    static let otherLinkVersion = Failure(554, "5.5.4", "This server speaks LINK 2")
    /// A server sends this refusal to a plugin. No client sees it.
    package static let noRequestInLane = Failure(503, "5.5.1", "No request of this lane is under way")
    package static let notAnnounced = Failure(
        451, "4.3.2", "Unknown command so far: a server has not announced its commands yet; try again")

    package static let encryptionRequired = Failure(
        538, "5.7.11", "Passwords and tokens need an encrypted connection; STARTTLS begins one")
    package static let noTLS = Failure(502, "5.5.1", "STARTTLS is not available; this server has no certificate")
    package static let tlsIsOn = Failure(503, "5.5.1", "The session is encrypted already")
    package static let sentBeforeTLS = Failure(
        554, "5.5.1", "Data came after STARTTLS before TLS was on; the session ends")
    package static let unknownMechanism = Failure(504, "5.5.4", "The mechanisms of AUTH are PLAIN and LOGIN")
    package static let notBase64 = Failure(501, "5.5.2", "Not in base64; the exchange ends")
    package static let badPlain = Failure(
        501, "5.5.2", "PLAIN takes an empty authorization identity, NUL, the name, NUL, and the password")
    package static let tooManySessions = Failure(421, "4.7.0", "Too many sessions from your address; try again later")

    /// The refusal for an error that no command declares. Only the log contains the cause.
    package static let internalError = Failure(451, "4.3.0", "Internal error; the server's log has it")

    /// All refusals of the protocol that clients can get, except `internalError` and those that a function makes.
    package static let ofTheProtocol: [Failure] = [
        .unknownVerb, .verbTooLong, .emptyLine, .leadingSpace, .lineTooLong, .nulInLine, .bareCR, .notUTF8,
        .textNotUTF8, .textControl,
        .unterminatedQuote, .afterQuote, .mixedMessage, .tooManyWords, .doubledOption, .unknownOption, .badName,
        .tooManyNames, .emptyOption, .memoryFull, .answerTooLarge, .mixedLineEnds,
        .cancelled, .endInLine, .endInLiteral, .endInText, .endInAnswer, .httpSpoken, .idle, .tooSlow, .noAnswer,
        .stopping, .serverDown,
        .serverBusy, .serverLost, .serverLostInMessage, .badReply, .notAnnounced, .encryptionRequired, .noTLS, .tlsIsOn,
        .sentBeforeTLS,
        .unknownMechanism, .notBase64, .badPlain, .tooManySessions,
    ]

    /// Returns the refusal of a request whose literals together have more bytes than `limit`.
    package static func literalTooLarge(_ limit: Int) -> Failure {
        Failure(552, "5.3.4", "Literal too large; the limit is \(limit) bytes")
    }

    /// Returns the refusal of a text of more bytes than `limit`.
    package static func textTooLarge(_ limit: Int) -> Failure {
        Failure(552, "5.3.4", "Text too large; the limit is \(limit) bytes")
    }

    /// Returns the refusal of a request with the wrong arguments. `usage` is the synopsis of the command.
    package static func usage(_ usage: String) -> Failure { Failure(501, "5.5.4", "Usage: \(usage)") }
}

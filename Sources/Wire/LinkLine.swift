import NIOCore

/// A line of the link's own. It never reaches a client.
///
///     link-line = "*" SP keyword *(SP argument) EOL
package enum LinkLine: Equatable {
    /// `LINK version [id]`, from the proxy: this connection carries sessions, whose requests have names that begin so.
    case link(Int, id: UInt32?)
    /// `HELLO version name [PING]`, from the server: it does; and whether it answers PING.
    case hello(Int, name: String, answersPings: Bool)
    /// `COMMAND declaration`, from the server.
    case command(CommandSpec)
    /// `READY`, from the server: these were all its commands.
    case ready
    /// `LANE lane PEER=address [TOKEN=token]`, from the proxy: who the lane's next requests come from.
    case lane(UInt64, peer: String, token: String?)
    /// `LANE lane PEER=address [USER=account]`, to a plugin: the same, who it is having been verified.
    case guest(UInt64, peer: String, account: String?)
    /// `END lane`, from the proxy: the session has gone, and nothing of it is under way.
    case end(UInt64)
    /// `TOKEN lane [token]`, from the server, before the reply that it belongs to: who the lane acts for from now on.
    case token(UInt64, String?)
    /// `PING number`, from the proxy to a server that answers it: whether the server still lives.
    case ping(UInt64)
    /// `PONG number`, from the server: it does.
    case pong(UInt64)
    /// `STOPPING`, from the server: it answers what it has been sent, and wants no more.
    case stopping
    /// What this program does not know, which is passed over.
    case unknown

    package static let version = 1

    package static func == (left: LinkLine, right: LinkLine) -> Bool {
        left.text == right.text
    }

    /// The line without the `*`. A token that has other octets than a token's, and an account that is none, are left out: the lane
    /// acts for nobody then.
    package var text: String {
        switch self {
        case .link(let version, nil): "LINK \(version)"
        case .link(let version, let id?): "LINK \(version) \(String(id, radix: 16))"
        case .hello(let version, let name, let answersPings):
            "HELLO \(version) \(LinkFields.word(name))\(answersPings ? " PING" : "")"
        case .command(let spec): "COMMAND \(spec.declaration)"
        case .ready: "READY"
        case .lane(let lane, let peer, let token):
            "LANE \(lane) PEER=\(Self.quoted(peer))\(Self.field(" TOKEN=", token, LinkFields.isToken))"
        case .guest(let lane, let peer, let account):
            "LANE \(lane) PEER=\(Self.quoted(peer))"
                + Self.field(" USER=", account) { AccountName($0)?.description == $0 }
        case .end(let lane): "END \(lane)"
        case .token(let lane, let token): "TOKEN \(lane)\(Self.field(" ", token, LinkFields.isToken))"
        case .ping(let number): "PING \(number)"
        case .pong(let number): "PONG \(number)"
        case .stopping: "STOPPING"
        case .unknown: ""
        }
    }

    private static func quoted(_ peer: String) -> String { LinkFields.quoted(peer, upTo: LinkFields.longestName) }

    private static func field(_ name: String, _ value: String?, _ isValid: (String) -> Bool) -> String {
        guard let value, isValid(value) else { return "" }
        return name + value
    }

    /// Writes the line. A declaration that is too long for a line is not written.
    package func write(into out: inout ByteBuffer) {
        let text = text
        if case .command = self, text.utf8.count > CommandSpec.maximumDeclaration + 8 { return }
        out.writeString("* \(text)\r\n")
    }

    /// Reads a line whose `*` has been taken away; one that this program does not know, or cannot read, is `unknown`.
    ///
    /// - Throws: a fault where a lane's line cannot be read: whoever passed over it would take one session for another.
    package init(_ frame: Frame) throws(WireFault) {
        var lexer = Lexer(frame, words: Limits.link.words)
        guard lexer.moveToWord(), let word = try? lexer.word() else {
            self = .unknown
            return
        }
        let keyword = String(buffer: word)
        guard frame.tails.isEmpty else {
            guard keyword != "LANE", keyword != "TOKEN" else { throw WireFault("a \(keyword) line with a literal") }
            self = .unknown
            return
        }
        let first = lexer.moveToWord() ? try? lexer.word() : nil
        let number: UInt64? = first.flatMap { $0.readableBytes > 0 ? $0.readableBytesView.decimal() : nil }
        switch keyword {
        case "LANE": self = try Self.lane(number, &lexer)
        case "TOKEN": self = try Self.token(number, &lexer)
        case "COMMAND":
            var rest = frame
            rest.head.moveReaderIndex(forwardBy: min(word.readableBytes + 1, rest.head.readableBytes))
            self = CommandSpec(declaration: rest).map { .command($0) } ?? .unknown
        default: self = Self.line(keyword, number, &lexer) ?? .unknown
        }
    }

    private static func line(_ keyword: String, _ number: UInt64?, _ lexer: inout Lexer) -> LinkLine? {
        switch keyword {
        case "LINK":
            let word = lexer.moveToWord() ? try? lexer.word() : nil
            let id = word.flatMap { UInt32(String(buffer: $0), radix: 16) }
            return number.map { .link(Int(clamping: $0), id: id) }
        case "HELLO": return number.flatMap { hello(Int(clamping: $0), &lexer) }
        case "READY": return .ready
        case "STOPPING": return .stopping
        case "END": return number.map { .end($0) }
        case "PING": return number.map { .ping($0) }
        case "PONG": return number.map { .pong($0) }
        default: return nil
        }
    }

    private static func hello(_ version: Int, _ lexer: inout Lexer) -> LinkLine? {
        guard lexer.moveToWord() else { return .hello(version, name: "", answersPings: false) }
        guard let name = try? lexer.word(), name.readableBytes <= LinkFields.longestName else { return nil }
        var answersPings = false
        while lexer.moveToWord() {
            guard let word = try? lexer.word() else { return nil }
            if word == ByteBuffer(string: "PING") { answersPings = true }
        }
        return .hello(version, name: String(buffer: name), answersPings: answersPings)
    }

    private static func lane(_ number: UInt64?, _ lexer: inout Lexer) throws(WireFault) -> LinkLine {
        guard let number, let options = try? LinkOptions(&lexer) else {
            throw WireFault("a LANE line that cannot be read")
        }
        guard let peer = try options.value("PEER", LinkFields.isPeer) else {
            throw WireFault("a LANE line without PEER")
        }
        return .lane(number, peer: peer, token: try options.value("TOKEN", LinkFields.isToken))
    }

    private static func token(_ number: UInt64?, _ lexer: inout Lexer) throws(WireFault) -> LinkLine {
        guard let number else { throw WireFault("a TOKEN line that cannot be read") }
        guard lexer.moveToWord() else { return .token(number, nil) }
        guard let word = try? lexer.word() else { throw WireFault("a TOKEN line that cannot be read") }
        let token = String(buffer: word)
        guard LinkFields.isToken(token) else { throw WireFault("a link line whose TOKEN is none") }
        return .token(number, token)
    }
}

extension Frame {
    /// The line without its `*`.
    func linkLine() throws(WireFault) -> Frame {
        var line = self
        guard line.head.readString(length: 2) == "* " else { throw WireFault("a link line without its keyword") }
        return line
    }

    /// What it says if it is a link's own line, nil if it is none.
    var asLinkLine: LinkLine? {
        guard head.readableBytesView.first == UInt8(ascii: "*"), let line = try? linkLine() else { return nil }
        return try? LinkLine(line)
    }
}

extension ByteBuffer {
    /// Takes `#lane` and the space behind it.
    mutating func readLane() throws(WireFault) -> UInt64 {
        guard getInteger(at: readerIndex) == UInt8(ascii: "#"), let space = offset(of: UInt8(ascii: " ")) else {
            throw WireFault("a lane that is no number")
        }
        let lane = withUnsafeReadableBytes { Self.lane($0[1..<space]) }
        guard let lane else { throw WireFault("a lane that is no number") }
        moveReaderIndex(forwardBy: space + 1)
        return lane
    }
    /// A number of the one spelling that it has, without zeros before it; nil for what is none.
    private static func lane(_ digits: Slice<UnsafeRawBufferPointer>) -> UInt64? {
        digits.first == UInt8(ascii: "0") || digits.isEmpty ? nil : digits.decimal()
    }
}

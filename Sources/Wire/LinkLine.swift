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

    /// Without the `*`.
    package var text: String {
        switch self {
        case .link(let version, nil): "LINK \(version)"
        case .link(let version, let id?): "LINK \(version) \(String(id, radix: 16))"
        case .hello(let version, let name, let answersPings):
            "HELLO \(version) \(name)\(answersPings ? " PING" : "")"
        case .command(let spec): "COMMAND \(spec.declaration)"
        case .ready: "READY"
        case .lane(let lane, let peer, nil): "LANE \(lane) PEER=\"\(peer)\""
        case .lane(let lane, let peer, let token?): "LANE \(lane) PEER=\"\(peer)\" TOKEN=\(token)"
        case .guest(let lane, let peer, nil): "LANE \(lane) PEER=\"\(peer)\""
        case .guest(let lane, let peer, let account?): "LANE \(lane) PEER=\"\(peer)\" USER=\(account)"
        case .end(let lane): "END \(lane)"
        case .token(let lane, nil): "TOKEN \(lane)"
        case .token(let lane, let token?): "TOKEN \(lane) \(token)"
        case .ping(let number): "PING \(number)"
        case .pong(let number): "PONG \(number)"
        case .stopping: "STOPPING"
        case .unknown: ""
        }
    }

    package func write(into out: inout ByteBuffer) {
        out.writeString("* \(text)\r\n")
    }

    /// Reads a line whose `*` has been taken away; one that this program does not know, or cannot read, is `unknown`.
    package init(_ frame: Frame) {
        var lexer = Lexer(frame, words: Limits.link.words)
        guard lexer.moveToWord(), let keyword = try? lexer.word(), frame.tails.isEmpty else {
            self = .unknown
            return
        }
        var rest = frame
        rest.head.moveReaderIndex(forwardBy: min(keyword.readableBytes + 1, rest.head.readableBytes))
        let words = String(buffer: rest.head).split(separator: " ").map(String.init)
        self = Self.line(String(buffer: keyword), words, rest) ?? .unknown
    }

    private static func line(_ keyword: String, _ words: [String], _ rest: Frame) -> LinkLine? {
        let number = words.first.flatMap { UInt64($0) }
        let word = words.dropFirst().first
        switch keyword {
        case "LINK": return number.map { .link(Int(clamping: $0), id: word.flatMap { UInt32($0, radix: 16) }) }
        case "HELLO":
            let answersPings = words.dropFirst(2).contains("PING")
            return number.map { .hello(Int(clamping: $0), name: word ?? "", answersPings: answersPings) }
        case "COMMAND": return CommandSpec(declaration: rest).map { .command($0) }
        case "READY": return .ready
        case "STOPPING": return .stopping
        case "LANE": return number.flatMap { lane($0, rest) }
        case "END": return number.map { .end($0) }
        case "PING": return number.map { .ping($0) }
        case "PONG": return number.map { .pong($0) }
        case "TOKEN": return number.map { .token($0, word) }
        default: return nil
        }
    }

    private static func lane(_ number: UInt64, _ rest: Frame) -> LinkLine? {
        var lexer = Lexer(rest, words: Limits.link.words)
        guard lexer.moveToWord(), (try? lexer.word()) != nil else { return nil }
        var options: [String: String] = [:]
        while lexer.moveToWord() {
            guard let key = lexer.optionKey(), let value = try? lexer.optionValue(key) else { return nil }
            options[key] = String(buffer: value)
        }
        return .lane(number, peer: options["PEER"] ?? "", token: options["TOKEN"])
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
        return LinkLine(line)
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

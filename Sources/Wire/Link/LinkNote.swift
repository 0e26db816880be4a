import NIOCore

/// A line of text that the two ends of a link exchange in a frame of lane 0. It never reaches a client.
///
///     note = keyword [SP rest] CRLF
package enum LinkNote: Equatable {
    /// `HELLO version name`: the server states its version of the link protocol and its name.
    case hello(Int, name: String)
    /// `COMMAND declaration`: the server announces one command.
    case command(CommandSpec)
    /// `READY`: the server has announced all its commands.
    case ready
    /// `PING number`: the proxy asks whether the server is still alive.
    case ping(UInt64)
    /// `PONG number`: the server answers a PING.
    case pong(UInt64)
    /// `STOPPING`: the server answers the requests that it has received, and takes no more.
    case stopping
    /// A note that this program does not know or cannot read. It is ignored.
    case unknown

    package static let version = 2
    /// The maximum number of consecutive unknown notes. Notes of a newer version are ignored, but a flood ends the
    /// link.
    static let mostUnknown = 10_000
    /// The maximum length of a server's name. It is counted in characters (Unicode scalars).
    private static let longestName = 1024

    package static func == (left: LinkNote, right: LinkNote) -> Bool { left.text == right.text }

    /// The note without its line end.
    package var text: String {
        switch self {
        case .hello(let version, let name): "HELLO \(version) \(Self.printable(name))"
        case .command(let spec): "COMMAND \(spec.declaration)"
        case .ready: "READY"
        case .ping(let number): "PING \(number)"
        case .pong(let number): "PONG \(number)"
        case .stopping: "STOPPING"
        case .unknown: ""
        }
    }

    /// Writes the note as a frame. A declaration that is too long is not written.
    package func write(into out: inout ByteBuffer) {
        let text = text
        if case .command = self, text.utf8.count > CommandSpec.maximumDeclaration + 8 { return }
        FrameHeader(lane: 0, length: text.utf8.count + 2).write(into: &out)
        out.writeString(text)
        out.writeLineEnd()
    }

    /// Reads a frame of lane 0.
    ///
    /// - Throws: A fault if the frame has attributes.
    init(_ frame: LinkFrame) throws(WireFault) {
        guard !frame.header.hasAttributes else { throw WireFault("a note with attributes") }
        let payload = frame.payload
        guard payload.readableBytes <= CommandSpec.maximumDeclaration + 10, let line = Self.line(payload) else {
            self = .unknown
            return
        }
        let keyword = line.prefix { $0 != " " }
        let rest = line[keyword.endIndex...].dropFirst()
        switch keyword {
        case "HELLO": self = Self.hello(rest)
        case "COMMAND":
            self =
                CommandSpec(declaration: RequestLine(head: ByteBuffer(substring: rest))).map { .command($0) }
                ?? .unknown
        case "READY": self = .ready
        case "STOPPING": self = .stopping
        case "PING": self = Self.number(rest).map { .ping($0) } ?? .unknown
        case "PONG": self = Self.number(rest).map { .pong($0) } ?? .unknown
        default: self = .unknown
        }
    }

    /// Returns the single line that the bytes contain; nil if they are not one line. A line that ends with LF alone
    /// is accepted.
    private static func line(_ payload: ByteBuffer) -> String? {
        guard var line = String(validating: payload.readableBytesView, as: UTF8.self)?.unicodeScalars else {
            return nil
        }
        if line.last == "\n" { line.removeLast() }
        if line.last == "\r" { line.removeLast() }
        return line.allSatisfy { $0.value >= 0x20 || $0 == "\t" } ? String(line) : nil
    }

    private static func number(_ digits: Substring) -> UInt64? { digits.isEmpty ? nil : digits.utf8.decimal() }

    private static func hello(_ rest: Substring) -> LinkNote {
        let parts = rest.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard let number = number(parts[0]), number <= UInt32.max else { return .unknown }
        return .hello(Int(number), name: printable(parts.count > 1 ? String(parts[1]) : ""))
    }

    /// Returns the name on one line, for a log.
    private static func printable(_ name: String) -> String {
        String(String.UnicodeScalarView(name.unicodeScalars.prefix(longestName).map(\.printable)))
    }
}

/// The line by which a proxy makes its connection a link, such as `* LINK 2 0badcafe`.
package enum LinkOpening {
    /// Writes the line with its line end.
    ///
    /// - Parameter id: The number by which the link's requests are named; nil if they have no names.
    static func write(id: UInt32?, into out: inout ByteBuffer) {
        out.writeString("* LINK \(LinkNote.version)\(id.map { " \(String($0, radix: 16))" } ?? "")\r\n")
    }

    /// Reads a line that opens a link.
    ///
    /// - Returns: Whether the line asks for this version of the link with the correct grammar, and the number that it
    ///   gives to the link. It is nil if the line does not ask for a link.
    static func read(_ frame: RequestLine) -> (isOfThisVersion: Bool, id: UInt32?)? {
        let text = String(buffer: frame.head)
        guard frame.tails.isEmpty, text == "* LINK" || text.hasPrefix("* LINK ") else { return nil }
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard 3...4 ~= words.count, words[2] == "\(LinkNote.version)" else { return (false, nil) }
        guard words.count == 4 else { return (true, nil) }
        guard words[3].utf8.count <= 8, words[3].allSatisfy(\.isHexDigit), let id = UInt32(words[3], radix: 16) else {
            return (false, nil)
        }
        return (true, id)
    }
}

import NIOCore

/// Finds the ends of lines in octets as they arrive, and takes telnet's own sequences out of them.
///
/// A line ends at LF; a CR before it belongs to the line end. No octet is looked at twice.
struct LineReader {
    struct Line: Equatable {
        /// Without its line end.
        var octets: ByteBuffer
        var endsInCRLF: Bool
    }

    /// The beginning of an unfinished line that held a telnet sequence; empty otherwise. This and `telnetReplies` are no
    /// buffers, which take more room in a session when they are empty.
    private var held: [UInt8] = []
    /// Octets of the buffer that are known to hold no line end.
    private var scanned = 0
    /// What telnet is owed in answer.
    private var telnetReplies: [UInt8] = []
    private let readsTelnet: Bool

    init(readsTelnet: Bool) {
        self.readsTelnet = readsTelnet
    }

    /// Octets of the unfinished line.
    func pending(_ buffer: ByteBuffer) -> Int {
        held.count + buffer.readableBytes
    }

    /// What telnet is owed in answer, once; nil when that is nothing.
    mutating func takeTelnetReplies() -> ByteBuffer? {
        guard !telnetReplies.isEmpty else { return nil }
        defer { telnetReplies = [] }
        return ByteBuffer(bytes: telnetReplies)
    }

    /// The next line; nil when its end has not arrived.
    mutating func next(_ buffer: inout ByteBuffer) -> Line? {
        while scanned < buffer.readableBytes {
            let end = buffer.offset(of: UInt8(ascii: "\n"), from: scanned)
            if readsTelnet, let command = buffer.offset(of: Telnet.iac, from: scanned, before: end) {
                guard takeCommand(&buffer, at: command) else { return nil }
                continue
            }
            guard let end else {
                scanned = buffer.readableBytes
                return nil
            }
            return take(&buffer, count: end)
        }
        return nil
    }

    /// A line that is a verb and nothing else.
    struct VerbLine {
        let verb: Verb
        let endsInCRLF: Bool
        /// Octets of it, with its line end.
        fileprivate let count: Int
    }

    /// The line that begins the buffer, if it is all there and is a verb and nothing else.
    func peekVerb(_ buffer: ByteBuffer) -> VerbLine? {
        guard held.isEmpty else { return nil }
        return buffer.withUnsafeReadableBytes { octets in
            let start = octets.prefix(Verb.maximumLength + 2)
            guard let end = start.firstIndex(of: UInt8(ascii: "\n")), end > 0 else { return nil }
            let endsInCRLF = octets[end - 1] == UInt8(ascii: "\r")
            return Verb(octets[..<(endsInCRLF ? end - 1 : end)]).map {
                VerbLine(verb: $0, endsInCRLF: endsInCRLF, count: end + 1)
            }
        }
    }

    mutating func takeVerb(_ buffer: inout ByteBuffer, _ line: VerbLine) {
        buffer.moveReaderIndex(forwardBy: line.count)
        scanned = 0
    }

    /// Throws away what has arrived of an unfinished line, all but its last `count` octets.
    mutating func discard(_ buffer: inout ByteBuffer, keeping count: Int) {
        held = []
        buffer.moveReaderIndex(forwardBy: max(0, buffer.readableBytes - count))
        scanned = buffer.readableBytes
    }

    private mutating func take(_ buffer: inout ByteBuffer, count: Int) -> Line {
        var octets = buffer.readSlice(length: count)!
        buffer.moveReaderIndex(forwardBy: 1)
        scanned = 0
        if !held.isEmpty {
            held.append(contentsOf: octets.readableBytesView)
            octets = ByteBuffer(bytes: held)
            held = []
        }
        let endsInCRLF =
            octets.readableBytes > 0
            && octets.getInteger(at: octets.writerIndex - 1, as: UInt8.self) == UInt8(ascii: "\r")
        if endsInCRLF { octets.moveWriterIndex(to: octets.writerIndex - 1) }
        return Line(octets: octets, endsInCRLF: endsInCRLF)
    }

    /// Takes the telnet command that begins at `offset` out of the line; false when it is incomplete.
    private mutating func takeCommand(_ buffer: inout ByteBuffer, at offset: Int) -> Bool {
        held.append(contentsOf: buffer.readSlice(length: offset)!.readableBytesView)
        scanned = 0
        guard let command = Telnet.command(buffer.readableBytesView) else { return false }
        buffer.moveReaderIndex(forwardBy: command.length)
        telnetReplies.append(contentsOf: command.reply)
        if let octet = command.octet { held.append(octet) }
        return true
    }
}

/// The few telnet commands that a plain client sends by itself (RFC 854, RFC 860). Every option is declined.
enum Telnet {
    static let iac: UInt8 = 0xFF
    private static let subnegotiationEnd: UInt8 = 0xF0
    private static let areYouThere: UInt8 = 0xF6
    private static let subnegotiation: UInt8 = 0xFA
    private static let will: UInt8 = 0xFB
    private static let wont: UInt8 = 0xFC
    private static let doIt: UInt8 = 0xFD
    private static let dont: UInt8 = 0xFE
    private static let subnegotiationLimit = 512

    struct Command: Equatable {
        var length: Int
        var reply: [UInt8] = []
        /// The data octet that the sequence stands for: 0xFF doubled.
        var octet: UInt8?
    }

    /// The command at the start of `octets`, which begin with IAC; nil when it is incomplete.
    static func command(_ octets: some RandomAccessCollection<UInt8>) -> Command? {
        let sequence = Array(octets.prefix(subnegotiationLimit))
        guard sequence.count >= 2 else { return nil }
        switch sequence[1] {
        case iac: return Command(length: 2, octet: iac)
        case areYouThere: return Command(length: 2, reply: Array("[clavero: yes]\r\n".utf8))
        case doIt: return sequence.count < 3 ? nil : Command(length: 3, reply: [iac, wont, sequence[2]])
        case will: return sequence.count < 3 ? nil : Command(length: 3, reply: [iac, dont, sequence[2]])
        case wont, dont: return sequence.count < 3 ? nil : Command(length: 3)
        case subnegotiation:
            let end = sequence.indices.dropFirst(3).first {
                sequence[$0] == subnegotiationEnd && sequence[$0 - 1] == iac
            }
            if let end { return Command(length: end + 1) }
            return sequence.count < subnegotiationLimit ? nil : Command(length: 2)
        // What is no command of telnet's is the sender's own octet.
        default: return sequence[1] >= subnegotiationEnd ? Command(length: 2) : Command(length: 1, octet: iac)
        }
    }
}

import NIOCore

/// Finds the ends of lines in octets as they arrive, and takes telnet's own sequences out of them.
///
/// A line ends at LF; a CR before it belongs to the line end. No octet is looked at twice, and how the octets were cut into
/// reads changes nothing.
struct LineReader {
    struct Line: Equatable {
        /// Without its line end.
        let octets: ByteBuffer
        let endsInCRLF: Bool
        /// Whether all of it may stand on a line, and its last octet does not end a mark: nearly every line is so.
        let isPlain: Bool

        /// Why the octets cannot stand on a line, if they cannot.
        var failure: Failure? { isPlain ? nil : octets.lineFailure }
        /// The mark that ends the line, if one does.
        var mark: LiteralMark? { isPlain ? nil : octets.literalMark }
    }

    /// Octets of answers to telnet after which reading pauses until they are taken.
    private static let mostReplies = 1024

    /// The beginning of an unfinished line that held a telnet sequence; empty otherwise. This and `telnetReplies` are no
    /// buffers, which take more room in a session when they are empty.
    private var held: [UInt8] = []
    /// Octets of the buffer that are known to hold no line end.
    private var scanned = 0
    /// The answers that telnet is owed.
    private var telnetReplies: [UInt8] = []
    private var telnet = Telnet()
    private let readsTelnet: Bool

    init(readsTelnet: Bool) {
        self.readsTelnet = readsTelnet
    }

    /// Octets that have arrived and belong to no line yet.
    func pending(_ buffer: ByteBuffer) -> Int {
        held.count + buffer.readableBytes + (telnet.isBetweenCommands ? 0 : 1)
    }

    /// Octets of the unfinished line, as far as it has been read, without telnet's.
    var unfinished: Int { held.count + scanned }

    /// The answers that telnet is owed, once; nil when there are none.
    mutating func takeTelnetReplies() -> ByteBuffer? {
        guard !telnetReplies.isEmpty else { return nil }
        defer { telnetReplies = [] }
        return ByteBuffer(bytes: telnetReplies)
    }

    /// The next line; nil when its end has not arrived, or when telnet's answers must be taken first.
    mutating func next(_ buffer: inout ByteBuffer) -> Line? {
        guard telnet.isClean else { return nextOfTelnet(&buffer) }
        guard scanned < buffer.readableBytes else { return nil }
        switch buffer.withUnsafeReadableBytes({ scan($0) }) {
        case .command(let place):
            guard telnetReplies.count < Self.mostReplies else { return nil }
            held = Array(buffer.readSlice(length: place)!.readableBytesView)
            scanned = 0
            return nextOfTelnet(&buffer)
        case .unfinished:
            scanned = buffer.readableBytes
            return nil
        case .line(let count, let endsInCRLF, let isPlain):
            let octets = buffer.readSlice(length: count)!
            buffer.moveReaderIndex(forwardBy: endsInCRLF ? 2 : 1)
            scanned = 0
            return Line(octets: octets, endsInCRLF: endsInCRLF, isPlain: isPlain)
        }
    }

    /// What stands at the front of what has arrived.
    private enum Found {
        /// A telnet command, so many octets behind the first.
        case command(Int)
        /// A line of so many octets, which the buffer has with its end.
        case line(Int, endsInCRLF: Bool, isPlain: Bool)
        case unfinished
    }

    /// Looks for the LF of the line, the CR before it, and a telnet command before that.
    private func scan(_ octets: UnsafeRawBufferPointer) -> Found {
        let end = octets.offset(of: UInt8(ascii: "\n"), from: scanned)
        if readsTelnet, let command = octets.offset(of: Telnet.iac, from: scanned, before: end) {
            return .command(command)
        }
        guard let end else { return .unfinished }
        let endsInCRLF = end > 0 && octets[end - 1] == UInt8(ascii: "\r")
        let line = UnsafeRawBufferPointer(rebasing: octets[..<(endsInCRLF ? end - 1 : end)])
        return .line(line.count, endsInCRLF: endsInCRLF, isPlain: line.isPlainLine)
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
        guard telnet.isClean else { return nil }
        return buffer.withUnsafeReadableBytes { octets in
            guard let (verb, count) = Verb.read(octets), count < octets.count else { return nil }
            let endsInCRLF = octets[count] == UInt8(ascii: "\r")
            let end = endsInCRLF ? count + 1 : count
            guard end < octets.count, octets[end] == UInt8(ascii: "\n") else { return nil }
            return VerbLine(verb: verb, endsInCRLF: endsInCRLF, count: end + 1)
        }
    }

    mutating func takeVerb(_ buffer: inout ByteBuffer, _ line: VerbLine) {
        buffer.moveReaderIndex(forwardBy: line.count)
        scanned = 0
    }

    /// Throws away what has been read of an unfinished line, all but its last `count` octets.
    mutating func discard(_ buffer: inout ByteBuffer, keeping count: Int) {
        if held.count > count { held = Array(held.suffix(count)) }
        guard scanned > count else { return }
        buffer.moveReaderIndex(forwardBy: scanned - count)
        scanned = count
    }

    /// Goes on with a line that has a telnet sequence: all that arrives of it is moved to `held`, but for those.
    private mutating func nextOfTelnet(_ buffer: inout ByteBuffer) -> Line? {
        let (count, isWhole) = buffer.withUnsafeReadableBytes { hold($0) }
        buffer.moveReaderIndex(forwardBy: count)
        guard isWhole else { return nil }
        telnet.lineEnded()
        defer { held = [] }
        let endsInCRLF = held.last == UInt8(ascii: "\r")
        let octets = ByteBuffer(bytes: endsInCRLF ? held.dropLast() : held[...])
        return Line(octets: octets, endsInCRLF: endsInCRLF, isPlain: false)
    }

    /// Reads up to the end of the line.
    ///
    /// - Returns: how many octets were read, and whether the last of them ended the line.
    private mutating func hold(_ octets: UnsafeRawBufferPointer) -> (count: Int, isWhole: Bool) {
        var place = 0
        while place < octets.count, telnetReplies.count < Self.mostReplies {
            if telnet.isBetweenCommands {
                let rest = UnsafeRawBufferPointer(rebasing: octets[place...])
                let plain = rest.firstIndex { $0 == Telnet.iac || $0 == UInt8(ascii: "\n") } ?? rest.count
                held += rest[..<plain]
                place += plain
                guard place < octets.count else { break }
            }
            let octet = octets[place]
            switch telnet.take(octet, replies: &telnetReplies) {
            case .command: place += 1
            case .dataAndIAC:
                // The octet itself is read once more, as it may be a line end.
                held.append(Telnet.iac)
            case .data where octet == UInt8(ascii: "\n"): return (place + 1, true)
            case .data:
                held.append(octet)
                place += 1
            }
        }
        return (place, false)
    }
}

import NIOCore

/// Finds the ends of lines in arriving bytes, and removes telnet commands from the lines.
///
/// A line ends at LF. A CR before the LF belongs to the line end. No byte is examined twice, and the sizes of the
/// reads do not affect the result.
struct LineReader {
    struct Line: Equatable {
        /// The bytes of the line without its line end.
        let bytes: ByteBuffer
        let endsInCRLF: Bool
        /// Whether all bytes of the line are allowed on a line, and the last one cannot end a mark. This holds for
        /// nearly every line.
        let isPlain: Bool

        /// The refusal of bytes that are not allowed on a line, or nil if all of them are allowed.
        var failure: Failure? { isPlain ? nil : bytes.lineFailure }
        /// The mark at the end of the line, or nil if the line does not end in a mark.
        var mark: LiteralMark? { isPlain ? nil : bytes.literalMark }
    }

    /// The number of pending reply bytes to telnet at which reading pauses until they are taken.
    private static let mostReplies = 1024

    /// The beginning of an unfinished line that contained a telnet command, or empty. This and `telnetReplies` are
    /// arrays because an empty array takes less room in a session than an empty buffer.
    private var held: [UInt8] = []
    /// The number of bytes in the buffer that are known to contain no line end.
    private var scanned = 0
    /// The pending replies to telnet commands.
    private var telnetReplies: [UInt8] = []
    private var telnet = TelnetFilter()
    private let readsTelnet: Bool

    init(readsTelnet: Bool) {
        self.readsTelnet = readsTelnet
    }

    /// Returns the number of bytes that have arrived and do not belong to a finished line.
    func pending(_ buffer: ByteBuffer) -> Int {
        held.count + buffer.readableBytes + (telnet.isBetweenCommands ? 0 : 1)
    }

    /// The number of bytes that were read of the unfinished line, without telnet commands.
    var unfinished: Int { held.count + scanned }

    /// Takes the pending replies to telnet commands. Returns nil if none are pending.
    mutating func takeTelnetReplies() -> ByteBuffer? {
        guard !telnetReplies.isEmpty else { return nil }
        defer { telnetReplies = [] }
        return ByteBuffer(bytes: telnetReplies)
    }

    /// Returns the next line. Returns nil if its end has not arrived, or if the replies to telnet must be taken
    /// first.
    mutating func next(_ buffer: inout ByteBuffer) -> Line? {
        guard telnet.isClean else { return nextOfTelnet(&buffer) }
        guard scanned < buffer.readableBytes else { return nil }
        switch buffer.withUnsafeReadableBytes({ scan($0) }) {
        case .command(let offset):
            guard telnetReplies.count < Self.mostReplies else { return nil }
            held = Array(buffer.readSlice(length: offset)!.readableBytesView)
            scanned = 0
            return nextOfTelnet(&buffer)
        case .unfinished:
            scanned = buffer.readableBytes
            return nil
        case .line(let count, let endsInCRLF, let isPlain):
            let bytes = buffer.readSlice(length: count)!
            buffer.moveReaderIndex(forwardBy: endsInCRLF ? 2 : 1)
            scanned = 0
            return Line(bytes: bytes, endsInCRLF: endsInCRLF, isPlain: isPlain)
        }
    }

    /// The result of a search in the bytes that have arrived.
    private enum Found {
        /// A telnet command. The value is the number of bytes before it.
        case command(Int)
        /// A complete line. The value is its length in bytes without its line end.
        case line(Int, endsInCRLF: Bool, isPlain: Bool)
        case unfinished
    }

    /// Searches for the LF of the line, for the CR before it, and for a telnet command before both.
    private func scan(_ bytes: UnsafeRawBufferPointer) -> Found {
        let end = bytes.offset(of: UInt8(ascii: "\n"), from: scanned)
        if readsTelnet, let command = bytes.offset(of: TelnetFilter.iac, from: scanned, before: end) {
            return .command(command)
        }
        guard let end else { return .unfinished }
        let endsInCRLF = end > 0 && bytes[end - 1] == UInt8(ascii: "\r")
        let line = UnsafeRawBufferPointer(rebasing: bytes[..<(endsInCRLF ? end - 1 : end)])
        return .line(line.count, endsInCRLF: endsInCRLF, isPlain: line.isPlainLine)
    }

    /// A line that contains only a verb.
    struct VerbLine {
        let verb: Verb
        let endsInCRLF: Bool
        /// The length of the line in bytes, including its line end.
        fileprivate let count: Int
    }

    /// Returns the line at the beginning of the buffer if it has arrived completely and contains only a verb.
    func peekVerb(_ buffer: ByteBuffer) -> VerbLine? {
        guard telnet.isClean else { return nil }
        return buffer.withUnsafeReadableBytes { bytes in
            guard let (verb, count) = Verb.read(bytes), count < bytes.count else { return nil }
            let endsInCRLF = bytes[count] == UInt8(ascii: "\r")
            let end = endsInCRLF ? count + 1 : count
            guard end < bytes.count, bytes[end] == UInt8(ascii: "\n") else { return nil }
            return VerbLine(verb: verb, endsInCRLF: endsInCRLF, count: end + 1)
        }
    }

    mutating func takeVerb(_ buffer: inout ByteBuffer, _ line: VerbLine) {
        buffer.moveReaderIndex(forwardBy: line.count)
        scanned = 0
    }

    /// Discards the part of an unfinished line that was read, except its last `count` bytes.
    mutating func discard(_ buffer: inout ByteBuffer, keeping count: Int) {
        if held.count > count { held = Array(held.suffix(count)) }
        guard scanned > count else { return }
        buffer.moveReaderIndex(forwardBy: scanned - count)
        scanned = count
    }

    /// Continues a line that contains a telnet command. All arriving bytes of the line except telnet commands move to
    /// `held`.
    private mutating func nextOfTelnet(_ buffer: inout ByteBuffer) -> Line? {
        let (count, isWhole) = buffer.withUnsafeReadableBytes { hold($0) }
        buffer.moveReaderIndex(forwardBy: count)
        guard isWhole else { return nil }
        telnet.lineEnded()
        defer { held = [] }
        let endsInCRLF = held.last == UInt8(ascii: "\r")
        let bytes = ByteBuffer(bytes: endsInCRLF ? held.dropLast() : held[...])
        return Line(bytes: bytes, endsInCRLF: endsInCRLF, isPlain: false)
    }

    /// Reads up to the end of the line.
    ///
    /// - Returns: the number of bytes that were read, and whether the last of them ended the line.
    private mutating func hold(_ bytes: UnsafeRawBufferPointer) -> (count: Int, isWhole: Bool) {
        var offset = 0
        while offset < bytes.count, telnetReplies.count < Self.mostReplies {
            if telnet.isBetweenCommands {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
                let plain = rest.firstIndex { $0 == TelnetFilter.iac || $0 == UInt8(ascii: "\n") } ?? rest.count
                held += rest[..<plain]
                offset += plain
                guard offset < bytes.count else { break }
            }
            let byte = bytes[offset]
            switch telnet.take(byte, replies: &telnetReplies) {
            case .command: offset += 1
            case .dataAndIAC:
                // This byte is read again as data, because it may be a line end.
                held.append(TelnetFilter.iac)
            case .data where byte == UInt8(ascii: "\n"): return (offset + 1, true)
            case .data:
                held.append(byte)
                offset += 1
            }
        }
        return (offset, false)
    }
}

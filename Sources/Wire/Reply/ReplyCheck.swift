import NIOCore

/// Checks that bytes are exactly one reply. The bytes may arrive in parts.
///
///     reply   = *(code "-" text CRLF) code SP text [literal] CRLF
///     literal = "{" n "}" CRLF n*BYTE
///
/// The code must be final (2yz, 4yz or 5yz) and the same in all lines. A text must not contain CR or LF. Nothing else
/// is checked.
struct ReplyCheck {
    private enum State {
        case lines
        /// The value is the number of bytes of a literal that have not arrived.
        case literal(Int)
        /// The line end after a literal comes next. The value tells whether its CR has arrived.
        case lineEnd(hasCR: Bool)
        case complete
        case broken
    }

    /// The number of bytes on a line before its text: the code and its separator.
    private static let headLength = 4
    /// The number of bytes that are kept from the end of a long line. They have room for a mark, the byte before it,
    /// and the CR after it.
    private static let keptLength = LiteralMark.longest + 2

    private var state = State.lines
    /// The code of the reply, or nil before it has arrived.
    private(set) var code: Int?
    /// A line whose end has not arrived. The middle of a long line is dropped. The array stays empty if each line
    /// arrives in one part.
    private var line: [UInt8] = []

    var isComplete: Bool { if case .complete = state { true } else { false } }

    /// Checks the next bytes.
    ///
    /// - Returns: false if all bytes up to here cannot be a reply or the beginning of one.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        while offset < bytes.count {
            switch state {
            case .lines: takeLine(bytes, &offset)
            case .literal(let left):
                let taken = min(left, bytes.count - offset)
                state = taken == left ? .lineEnd(hasCR: false) : .literal(left - taken)
                offset += taken
            case .lineEnd(let hasCR):
                let isRight = bytes[offset] == UInt8(ascii: hasCR ? "\n" : "\r")
                state = !isRight ? .broken : hasCR ? .complete : .lineEnd(hasCR: true)
                offset += 1
            case .complete, .broken:
                state = .broken
                return false
            }
        }
        if case .broken = state { return false }
        return true
    }

    /// Reads bytes up to the end of the line.
    private mutating func takeLine(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int) {
        let end = bytes.offset(of: UInt8(ascii: "\n"), from: offset)
        let part = UnsafeRawBufferPointer(rebasing: bytes[offset..<(end ?? bytes.count)])
        offset += part.count + (end == nil ? 0 : 1)
        if end != nil, line.isEmpty { return endLine(part) }
        hold(part)
        guard end != nil, case .lines = state else { return }
        let line = line
        self.line = []
        line.withUnsafeBytes { endLine($0) }
    }

    /// Keeps a part of a line. A CR is allowed only directly before the LF.
    private mutating func hold(_ part: UnsafeRawBufferPointer) {
        guard let last = part.last else { return }
        let cr = part.offset(of: UInt8(ascii: "\r"), from: 0)
        guard line.last != UInt8(ascii: "\r"), cr == nil || cr == part.count - 1 && last == UInt8(ascii: "\r") else {
            state = .broken
            return
        }
        line += part
        if line.count >= 3, !line.withUnsafeBytes({ takeCode($0) }) { state = .broken }
        if line.count > 2 * (Self.headLength + Self.keptLength) {
            line.removeSubrange(Self.headLength..<(line.count - Self.keptLength))
        }
    }

    /// Checks a complete line, given without its LF.
    private mutating func endLine(_ bytes: UnsafeRawBufferPointer) {
        let length = bytes.count - 1
        guard length >= Self.headLength, bytes.offset(of: UInt8(ascii: "\r"), from: 0) == length,
            takeCode(bytes), let isLast = Self.isLast(bytes[3])
        else {
            state = .broken
            return
        }
        let endsInBrace = bytes[length - 1] == UInt8(ascii: "}")
        let mark = endsInBrace ? LiteralMark(endOf: bytes[Self.headLength..<length]) : nil
        switch (isLast, mark) {
        case (false, nil): break
        case (true, nil): state = .complete
        case (true, let mark?) where mark.waits: state = mark.count > 0 ? .literal(mark.count) : .lineEnd(hasCR: false)
        case (true, _?), (false, _?): state = .broken
        }
    }

    /// Reads the code at the beginning of a line.
    ///
    /// - Returns: false if the line has no final code, or another code than the lines before it.
    private mutating func takeCode(_ line: UnsafeRawBufferPointer) -> Bool {
        let (first, second, third) = (line[0], line[1], line[2])
        guard first == 0x32 || first == 0x34 || first == 0x35, 0x30...0x39 ~= second, 0x30...0x39 ~= third else {
            return false
        }
        let code = Int(first & 0x0F) * 100 + Int(second & 0x0F) * 10 + Int(third & 0x0F)
        guard self.code == nil || self.code == code else { return false }
        self.code = code
        return true
    }

    /// Returns whether this byte after the code marks the last line, or nil if it is not a valid separator.
    private static func isLast(_ separator: UInt8) -> Bool? {
        switch separator {
        case UInt8(ascii: " "): true
        case UInt8(ascii: "-"): false
        default: nil
        }
    }
}

import NIOCore

/// Checks that octets are exactly one reply, whole or in parts as they come.
///
///     reply   = *(code "-" text CRLF) code SP text [literal] CRLF
///     literal = "{" n "}" CRLF n*OCTET
///
/// The code is a final one, 2yz, 4yz or 5yz, and the same in all lines. No text has a CR or LF. Nothing else is looked at.
struct ReplyCheck {
    private enum State {
        case lines
        /// So many octets of a literal are to come.
        case literal(Int)
        /// The line end after a literal; whether its CR has come.
        case lineEnd(hasCR: Bool)
        case complete
        case broken
    }

    /// Octets of a line that stand before its text: the code and what follows it.
    private static let headLength = 4
    /// Octets that are kept of the end of a long line: a mark, the octet before it, and the CR after it.
    private static let keptLength = LiteralMark.longest + 2

    private var state = State.lines
    /// The reply's code; nil as long as it has not come.
    private(set) var code: Int?
    /// A line of which the end has not come, without the middle of a long one. It is empty where all comes at once.
    private var line: [UInt8] = []

    var isComplete: Bool { if case .complete = state { true } else { false } }

    /// Takes the next octets.
    ///
    /// - Returns: false if these octets, after those before, are not the beginning of a reply or a whole one.
    mutating func take(_ octets: UnsafeRawBufferPointer) -> Bool {
        var place = 0
        while place < octets.count {
            switch state {
            case .lines: takeLine(octets, &place)
            case .literal(let left):
                let taken = min(left, octets.count - place)
                state = taken == left ? .lineEnd(hasCR: false) : .literal(left - taken)
                place += taken
            case .lineEnd(let hasCR):
                let isRight = octets[place] == UInt8(ascii: hasCR ? "\n" : "\r")
                state = !isRight ? .broken : hasCR ? .complete : .lineEnd(hasCR: true)
                place += 1
            case .complete, .broken:
                state = .broken
                return false
            }
        }
        if case .broken = state { return false }
        return true
    }

    /// Takes octets up to the end of the line.
    private mutating func takeLine(_ octets: UnsafeRawBufferPointer, _ place: inout Int) {
        let end = octets.offset(of: UInt8(ascii: "\n"), from: place)
        let part = UnsafeRawBufferPointer(rebasing: octets[place..<(end ?? octets.count)])
        place += part.count + (end == nil ? 0 : 1)
        if end != nil, line.isEmpty { return endLine(part) }
        hold(part)
        guard end != nil, case .lines = state else { return }
        let line = line
        self.line = []
        line.withUnsafeBytes { endLine($0) }
    }

    /// Keeps a part of a line. A CR may only be its last octet, with the LF after it.
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

    /// Takes a line without its LF.
    private mutating func endLine(_ octets: UnsafeRawBufferPointer) {
        let length = octets.count - 1
        guard length >= Self.headLength, octets.offset(of: UInt8(ascii: "\r"), from: 0) == length,
            takeCode(octets), let isLast = Self.isLast(octets[3])
        else {
            state = .broken
            return
        }
        let endsInBrace = octets[length - 1] == UInt8(ascii: "}")
        let mark = endsInBrace ? LiteralMark(endOf: octets[Self.headLength..<length]) : nil
        switch (isLast, mark) {
        case (false, nil): break
        case (true, nil): state = .complete
        case (true, let mark?) where mark.waits: state = mark.count > 0 ? .literal(mark.count) : .lineEnd(hasCR: false)
        case (true, _?), (false, _?): state = .broken
        }
    }

    /// Takes the code that a line begins with, which is that of the lines before it.
    ///
    /// - Returns: false if it is none or another.
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

    /// Whether the line that has this octet after its code is the last; nil for another octet.
    private static func isLast(_ separator: UInt8) -> Bool? {
        switch separator {
        case UInt8(ascii: " "): true
        case UInt8(ascii: "-"): false
        default: nil
        }
    }
}

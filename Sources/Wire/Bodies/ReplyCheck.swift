import NIOCore

/// Checks that octets are exactly one reply, as `WrittenReply` does, while they come in parts.
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
    /// The code, as text, once it has come.
    private var digits: [UInt8] = []
    /// The line that has begun, without the middle of a long one.
    private var line: [UInt8] = []

    var isComplete: Bool { if case .complete = state { true } else { false } }

    /// The final code; nil as long as it has not come.
    var code: Int? {
        let known = digits.isEmpty ? Array(line.prefix(3)) : digits
        guard known.count == 3, Self.isFinal(known) else { return nil }
        return known.reduce(0) { $0 * 10 + Int($1 & 0x0F) }
    }

    private static func isFinal(_ digits: [UInt8]) -> Bool {
        [0x32, 0x34, 0x35].contains(digits[0]) && digits.dropFirst().allSatisfy { 0x30...0x39 ~= $0 }
    }

    /// Takes the next octets.
    ///
    /// - Returns: false if these octets, after those before, are not the beginning of a reply or a whole one.
    mutating func take(_ octets: UnsafeRawBufferPointer) -> Bool {
        var place = 0
        while place < octets.count {
            let rest = UnsafeRawBufferPointer(rebasing: octets[place...])
            switch state {
            case .lines: place += takeLine(rest)
            case .literal(let left):
                let taken = min(left, rest.count)
                state = taken == left ? .lineEnd(hasCR: false) : .literal(left - taken)
                place += taken
            case .lineEnd(let hasCR):
                let isRight = rest[0] == UInt8(ascii: hasCR ? "\n" : "\r")
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
    ///
    /// - Returns: their number.
    private mutating func takeLine(_ octets: UnsafeRawBufferPointer) -> Int {
        let end = octets.offset(of: UInt8(ascii: "\n"), from: 0)
        let part = UnsafeRawBufferPointer(rebasing: octets[..<(end ?? octets.count)])
        let isWhole = line.isEmpty && end != nil
        if isWhole {
            endLine(part)
        } else {
            hold(part)
            if end != nil, case .lines = state {
                let line = line
                self.line = []
                line.withUnsafeBytes { endLine($0) }
            }
        }
        return part.count + (end == nil ? 0 : 1)
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
        if line.count > 2 * (Self.headLength + Self.keptLength) {
            line.removeSubrange(Self.headLength..<(line.count - Self.keptLength))
        }
    }

    /// Takes a line without its LF.
    private mutating func endLine(_ octets: UnsafeRawBufferPointer) {
        let length = octets.count - 1
        guard length >= Self.headLength, octets.offset(of: UInt8(ascii: "\r"), from: 0) == length,
            isCode(octets), let isLast = Self.isLast(octets[3])
        else {
            state = .broken
            return
        }
        let text = octets[Self.headLength..<length]
        let mark = text.last == UInt8(ascii: "}") ? LiteralMark(endOf: text) : nil
        switch (isLast, mark) {
        case (false, nil): break
        case (true, nil): state = .complete
        case (true, let mark?) where mark.waits: state = mark.count > 0 ? .literal(mark.count) : .lineEnd(hasCR: false)
        case (true, _?), (false, _?): state = .broken
        }
    }

    /// Whether the line begins with the reply's code, which the first line says.
    private mutating func isCode(_ line: UnsafeRawBufferPointer) -> Bool {
        if digits.isEmpty { digits = Array(line[..<3]) }
        return Self.isFinal(digits) && line[..<3].elementsEqual(digits)
    }

    private static func isLast(_ separator: UInt8) -> Bool? {
        switch separator {
        case UInt8(ascii: " "): true
        case UInt8(ascii: "-"): false
        default: nil
        }
    }
}

/// A line that is typed without echo. It handles the editing keys itself.
struct HiddenLineBuffer {
    /// The state of the line after a key.
    enum State {
        case incomplete
        case complete
        case cancelled
        /// The user wants to suspend the program.
        case suspended
    }

    /// The part of an escape sequence, such as the one of an arrow key, that has come (ECMA-48, 5.4).
    private enum EscapeState {
        case none, escape, sequence
    }

    static let interrupt: UInt8 = 0x03
    private static let endOfInput: UInt8 = 0x04
    private static let backspace: UInt8 = 0x08
    private static let kill: UInt8 = 0x15
    private static let eraseWord: UInt8 = 0x17
    private static let suspend: UInt8 = 0x1A
    private static let escape: UInt8 = 0x1B
    private static let delete: UInt8 = 0x7F

    private(set) var bytes: [UInt8] = []
    private var escapeState = EscapeState.none

    /// Takes the next byte that is typed.
    mutating func take(_ byte: UInt8) -> State {
        guard !takesAsEscapeSequence(byte) else { return .incomplete }
        switch byte {
        case UInt8(ascii: "\r"), UInt8(ascii: "\n"): return .complete
        case Self.interrupt: return .cancelled
        case Self.endOfInput: return bytes.isEmpty ? .cancelled : .incomplete
        case Self.backspace, Self.delete: removeCharacter()
        case Self.kill: bytes.removeAll()
        case Self.eraseWord: removeWord()
        case Self.suspend: return .suspended
        default: bytes.append(byte)
        }
        return .incomplete
    }

    /// Returns whether the byte belongs to the escape sequence of a key. Such a key does nothing.
    private mutating func takesAsEscapeSequence(_ byte: UInt8) -> Bool {
        switch escapeState {
        case .none: escapeState = byte == Self.escape ? .escape : .none
        // A control key after Escape is a key of its own, so that Ctrl-C is never lost.
        case .escape where byte == UInt8(ascii: "[") || byte == UInt8(ascii: "O"): escapeState = .sequence
        case .sequence where 0x20...0x3F ~= byte: break
        case .escape, .sequence:
            escapeState = byte == Self.escape ? .escape : .none
            return byte >= 0x20 && byte != Self.delete || escapeState == .escape
        }
        return escapeState != .none
    }

    private mutating func removeWord() {
        let space = UInt8(ascii: " ")
        while bytes.last == space { bytes.removeLast() }
        while let byte = bytes.last, byte != space { bytes.removeLast() }
    }

    private mutating func removeCharacter() {
        while let byte = bytes.popLast(), byte & 0xC0 == 0x80 {}
    }
}

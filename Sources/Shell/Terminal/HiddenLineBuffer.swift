/// A line that is typed without echo. It handles the editing keys itself. Other control keys do nothing, because a
/// user who presses one does not see that it has become a part of the secret.
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
    private enum EscapeState: Equatable {
        case none, escape
        case sequence([UInt8])
    }

    static let interrupt: UInt8 = 0x03
    private static let endOfInput: UInt8 = 0x04
    private static let backspace: UInt8 = 0x08
    private static let kill: UInt8 = 0x15
    private static let eraseWord: UInt8 = 0x17
    private static let suspend: UInt8 = 0x1A
    private static let escape: UInt8 = 0x1B
    private static let delete: UInt8 = 0x7F
    private static let lineEnds: Set<UInt8> = [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
    /// The greatest number of bytes of an escape sequence that are kept. Those of keys are shorter.
    private static let longestSequence = 8

    private(set) var bytes: [UInt8] = []
    private var escapeState = EscapeState.none
    /// Whether the bytes come from a paste, in which every byte is text.
    private var isPasted = false

    /// Whether the line contains a line end, which only a paste can bring.
    var hasSeveralLines: Bool { bytes.contains { Self.lineEnds.contains($0) } }

    /// Takes the next byte that is typed.
    mutating func take(_ byte: UInt8) -> State {
        guard !takesAsEscapeSequence(byte) else { return .incomplete }
        if isPasted, byte != Self.interrupt {
            bytes.append(byte)
            return .incomplete
        }
        switch byte {
        case UInt8(ascii: "\r"), UInt8(ascii: "\n"):
            // A paste often ends in a line end that is no part of the secret.
            while let last = bytes.last, Self.lineEnds.contains(last) { bytes.removeLast() }
            return .complete
        case Self.interrupt: return .cancelled
        case Self.endOfInput: return bytes.isEmpty ? .cancelled : .incomplete
        case Self.backspace, Self.delete: removeCharacter()
        case Self.kill: bytes.removeAll()
        case Self.eraseWord: removeWord()
        case Self.suspend: return .suspended
        case UInt8(ascii: "\t"), 0x20...: bytes.append(byte)
        default: break
        }
        return .incomplete
    }

    /// Returns whether the byte belongs to the escape sequence of a key. Such a key does nothing.
    private mutating func takesAsEscapeSequence(_ byte: UInt8) -> Bool {
        switch escapeState {
        case .none: escapeState = byte == Self.escape ? .escape : .none
        // A control key after Escape is a key of its own, so that Ctrl-C is never lost.
        case .escape where byte == UInt8(ascii: "[") || byte == UInt8(ascii: "O"): escapeState = .sequence([])
        case .sequence(let bytes) where 0x20...0x3F ~= byte:
            escapeState = .sequence(bytes.count < Self.longestSequence ? bytes + [byte] : bytes)
        case .escape, .sequence:
            if case .sequence(let bytes) = escapeState, byte == UInt8(ascii: "~") { notePaste(bytes) }
            escapeState = byte == Self.escape ? .escape : .none
            return byte >= 0x20 && byte != Self.delete || escapeState == .escape
        }
        return escapeState != .none
    }

    /// Notes the beginning or the end of a paste, between which a terminal puts what is pasted.
    private mutating func notePaste(_ sequence: [UInt8]) {
        if sequence == Array("200".utf8) { isPasted = true }
        if sequence == Array("201".utf8) { isPasted = false }
    }

    private mutating func removeWord() {
        let space = UInt8(ascii: " ")
        while bytes.last == space { bytes.removeLast() }
        while let byte = bytes.last, byte != space { bytes.removeLast() }
    }

    /// Removes the last character with its combining marks, as a user sees it.
    private mutating func removeCharacter() {
        if var text = String(validating: bytes, as: UTF8.self) {
            _ = text.popLast()
            bytes = Array(text.utf8)
        } else {
            while let byte = bytes.popLast(), byte & 0xC0 == 0x80 {}
        }
    }
}

/// A line that is typed without echo. It handles the editing keys itself.
struct HiddenLineBuffer {
    /// The state of the line after a key.
    enum State {
        case incomplete
        case complete
        case cancelled
    }

    static let interrupt: UInt8 = 0x03
    private static let endOfInput: UInt8 = 0x04
    private static let backspace: UInt8 = 0x08
    private static let kill: UInt8 = 0x15
    private static let delete: UInt8 = 0x7F

    private(set) var bytes: [UInt8] = []

    /// Takes the next byte that is typed.
    mutating func take(_ byte: UInt8) -> State {
        switch byte {
        case UInt8(ascii: "\r"), UInt8(ascii: "\n"): return .complete
        case Self.interrupt: return .cancelled
        case Self.endOfInput: return bytes.isEmpty ? .cancelled : .incomplete
        case Self.backspace, Self.delete: removeCharacter()
        case Self.kill: bytes.removeAll()
        default: bytes.append(byte)
        }
        return .incomplete
    }

    private mutating func removeCharacter() {
        while let byte = bytes.popLast(), byte & 0xC0 == 0x80 {}
    }
}

import NIOCore

/// The state of a framer. Large and rare values are stored indirectly. Most sessions are idle, and each of them has
/// room for a state.
enum FramerState {
    case line
    case announced(LiteralMark)
    case literal(Int)
    indirect case skippingLiteral(Int, Failure)
    /// `mayAnnounce` tells whether the end of the line may announce a literal. Such a literal belongs to the
    /// refused line.
    indirect case skippingLine(Failure, mayAnnounce: Bool)
    indirect case text(TextReader)
    case answer
    case dead

    /// Whether the framer is skipping a refused line or literal that has not ended.
    var isSkipping: Bool {
        switch self {
        case .skippingLine, .skippingLiteral: true
        case .line, .announced, .literal, .text, .answer, .dead: false
        }
    }

    /// The length of an announced literal that the framer has not taken, in bytes. It is 0 otherwise.
    var awaitedBytes: Int {
        switch self {
        case .announced(let mark): mark.count
        case .literal(let count): count
        case .line, .skippingLiteral, .skippingLine, .text, .answer, .dead: 0
        }
    }

    var isText: Bool { if case .text = self { true } else { false } }

    /// Whether reading paused in a text after the number of lines that are read at once.
    var isPausedInText: Bool { if case .text(let reader) = self { reader.isPaused } else { false } }

    /// The number of bytes of the current text that were read and not taken; nil if no text is being read.
    var textSize: Int? { if case .text(let reader) = self { reader.size } else { nil } }

    /// Takes the part of the current text that has arrived. It is empty if no text is being read.
    ///
    /// - Returns: the bytes, and whether the text will be refused regardless of its rest.
    mutating func takeText() -> (bytes: ByteBuffer, hasFailed: Bool) {
        guard case .text(var reader) = self else { return (ByteBuffer(), false) }
        self = .dead  // so that the reader's text has one owner and is not copied
        let bytes = reader.take()
        self = .text(reader)
        return (bytes, reader.hasFailed)
    }

    /// Discards the current text. Its refusal is reported when the text ends.
    mutating func refuseText(_ failure: Failure) {
        guard case .text(var reader) = self else { return }
        reader.refuse(failure)
        self = .text(reader)
    }
}

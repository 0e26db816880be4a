import NIOCore

/// The progress of the current request or text, and the cost of reading it.
extension Framer {
    /// The number of bytes that the framer holds of the current request or text.
    package var heldBytes: Int {
        if case .text(let reader) = state { return reader.size }
        return frame?.size ?? 0
    }

    /// Returns the next event, and spends `units` and the cost of the bytes that were read.
    mutating func next(
        _ buffer: inout ByteBuffer, limits: Limits, _ budget: inout TurnBudget, units: Int
    ) -> Event? {
        let waiting = buffer.readableBytes
        defer {
            budget.spend(units)
            budget.spend(bytes: waiting - buffer.readableBytes)
        }
        return next(&buffer, limits: limits)
    }

    /// Returns the failure to report if the input ends now, or nil if it ends between requests.
    package func cutShort(_ buffer: ByteBuffer) -> Failure? {
        switch state {
        case .line: frame != nil ? .endInLiteral : lines.pending(buffer) > 0 ? .endInLine : nil
        case .announced, .literal, .skippingLiteral: .endInLiteral
        case .skippingLine: .endInLine
        case .text: .endInText
        case .answer: .endInAnswer
        case .dead: nil
        }
    }

    /// The length of an announced literal that the framer has not taken, in bytes. It is 0 otherwise.
    var awaitedBytes: Int {
        switch state {
        case .announced(let mark): mark.count
        case .literal(let count): count
        case .line, .skippingLiteral, .skippingLine, .text, .answer, .dead: 0
        }
    }

    var isInText: Bool { if case .text = state { true } else { false } }

    /// Whether reading paused in a text after the number of lines that are read at once.
    var isPausedInText: Bool { if case .text(let reader) = state { reader.isPaused } else { false } }

    /// Takes the part of the current text that has arrived. It is empty if no text is being read.
    ///
    /// - Returns: the bytes, and whether the text will be refused regardless of its rest.
    mutating func takeText() -> (bytes: ByteBuffer, hasFailed: Bool) {
        guard case .text(var reader) = state else { return (ByteBuffer(), false) }
        state = .dead  // so that the reader's text has one owner and is not copied
        let bytes = reader.take()
        state = .text(reader)
        return (bytes, reader.hasFailed)
    }

    /// Discards the current text. Its refusal is reported when the text ends.
    mutating func refuseText(_ failure: Failure) {
        guard case .text(var reader) = state else { return }
        reader.refuse(failure)
        state = .text(reader)
    }
}

import NIOCore

/// How far a request or a text has come, and what reading it takes.
extension Framer {
    /// Octets that were taken of the request or the text that is being read.
    package var heldOctets: Int {
        if case .text(let reader) = state { return reader.size }
        return frame?.size ?? 0
    }

    /// Returns the next event, and spends `units` and what the octets cost that were taken.
    mutating func next(
        _ buffer: inout ByteBuffer, limits: Limits, _ budget: inout TurnBudget, units: Int
    ) -> Event? {
        let waiting = buffer.readableBytes
        defer {
            budget.spend(units)
            budget.spend(octets: waiting - buffer.readableBytes)
        }
        return next(&buffer, limits: limits)
    }

    /// What an end of input here cuts short; nil between requests.
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

    /// Octets of a literal that was announced and is not taken.
    var awaitedOctets: Int {
        switch state {
        case .announced(let mark): mark.count
        case .literal(let count): count
        case .line, .skippingLiteral, .skippingLine, .text, .answer, .dead: 0
        }
    }

    var isInText: Bool { if case .text = state { true } else { false } }

    /// Whether there is more of the text to be read than was read at once.
    var isPausedInText: Bool { if case .text(let reader) = state { reader.isPaused } else { false } }

    /// Takes what there is of the text that is being read; empty where there is none.
    ///
    /// - Returns: the octets, and whether the text cannot be taken any more, whatever is still to come.
    mutating func takeText() -> (octets: ByteBuffer, hasFailed: Bool) {
        guard case .text(var reader) = state else { return (ByteBuffer(), false) }
        state = .dead  // so that the reader's text has one owner and is not copied
        let octets = reader.take()
        state = .text(reader)
        return (octets, reader.hasFailed)
    }

    /// Throws away the text that is being read, which fails at its end.
    mutating func refuseText(_ failure: Failure) {
        guard case .text(var reader) = state else { return }
        reader.refuse(failure)
        state = .text(reader)
    }
}

import NIOCore

/// Splits a frame into words.
///
///     word    = atom / quoted / literal
///     atom    = 1*<any byte but SP, not beginning with DQUOTE>
///     quoted  = DQUOTE *(<any byte but DQUOTE and "\"> / "\" <any byte>) DQUOTE
///     option  = key "=" word
///     key     = ALPHA *(ALPHA / DIGIT / "-")
///     message = quoted / literal / <the rest of the line>
struct Lexer {
    private var text: ByteBuffer
    private var tails: ArraySlice<RequestLine.Tail>
    private var wordsLeft: Int

    init(_ frame: RequestLine, words: Int) {
        text = frame.head
        tails = frame.tails[...]
        wordsLeft = words
    }

    /// Moves to the next word. Returns false if the frame has no more words.
    mutating func moveToWord() -> Bool {
        let spaces = text.withUnsafeReadableBytes { $0.prefix { $0 == UInt8(ascii: " ") }.count }
        if spaces > 0 { text.moveReaderIndex(forwardBy: spaces) }
        return text.readableBytes > 0 || !tails.isEmpty
    }

    /// Returns the key of the option that begins here, in upper case. Returns nil if the text here does not look like
    /// an option.
    func optionKey() -> String? {
        text.withUnsafeReadableBytes { bytes in
            guard let end = bytes.offset(of: UInt8(ascii: "="), from: 0), end > 0 else { return nil }
            for index in 0..<end {
                switch bytes[index] {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): continue
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    guard index > 0 else { return nil }
                default: return nil
                }
            }
            return String(unsafeUninitializedCapacity: end) { key in
                for index in 0..<end {
                    let byte = bytes[index]
                    key[index] = byte >= 0x61 ? byte & 0xDF : byte
                }
                return end
            }
        }
    }

    /// Reads the value of the option with the key `key`. The option must begin here.
    ///
    /// - Throws: `emptyOption` if the value is missing, or the refusal of `word`.
    mutating func optionValue(_ key: String) throws(Failure) -> ByteBuffer {
        text.moveReaderIndex(forwardBy: key.utf8.count + 1)
        let next = peek()
        guard next != UInt8(ascii: " "), next != nil || !tails.isEmpty else { throw .emptyOption }
        return try word()
    }

    /// Reads the word that begins here.
    ///
    /// - Throws: the refusal of a malformed word, or of a word beyond the limit.
    mutating func word() throws(Failure) -> ByteBuffer {
        wordsLeft -= 1
        guard wordsLeft >= 0 else { throw .tooManyWords }
        let (first, end) = text.withUnsafeReadableBytes { bytes in
            (bytes.first, bytes.offset(of: UInt8(ascii: " "), from: 0) ?? bytes.count)
        }
        guard let first else { return try literal() }
        if first == UInt8(ascii: "\"") { return try quoted() }
        return text.readSlice(length: end)!
    }

    /// Reads the rest of the frame as a message. The caller has already moved to its first byte.
    ///
    /// - Returns: the message, and the form in which it was sent.
    /// - Throws: the refusal of a malformed message, or of text beside a literal.
    mutating func message() throws(Failure) -> (ByteBuffer, BodyForm) {
        switch peek() {
        case nil:
            let literal = try literal()
            guard !moveToWord() else { throw .mixedMessage }
            return (literal, .literal)
        case UInt8(ascii: "\""):
            let quoted = try quoted()
            guard !moveToWord() else { throw .afterQuote }
            return (quoted, .line)
        default:
            guard tails.isEmpty else { throw .mixedMessage }
            return (text.readSlice(length: text.readableBytes)!, .line)
        }
    }

    private func peek() -> UInt8? {
        text.getInteger(at: text.readerIndex)
    }

    private mutating func literal() throws(Failure) -> ByteBuffer {
        let tail = tails.removeFirst()
        text = tail.text
        try requireBoundary()
        return tail.literal
    }

    private mutating func quoted() throws(Failure) -> ByteBuffer {
        text.moveReaderIndex(forwardBy: 1)
        var value = ByteBuffer()
        while let byte = text.readInteger(as: UInt8.self) {
            switch byte {
            case UInt8(ascii: "\""):
                try requireBoundary()
                return value
            case UInt8(ascii: "\\"):
                guard let escaped = text.readInteger(as: UInt8.self) else { throw .unterminatedQuote }
                value.writeInteger(escaped)
            default:
                value.writeInteger(byte)
            }
        }
        throw .unterminatedQuote
    }

    private func requireBoundary() throws(Failure) {
        let next = peek()
        guard next == nil || next == UInt8(ascii: " ") else { throw .afterQuote }
    }
}

import NIOCore

/// A parser for the lines of one reply, up to its last line.
struct ReplyLines {
    /// The maximum number of lines in one reply.
    private let maximumLines: Int
    /// The maximum number of bytes in all texts of one reply together.
    private let maximumBytes: Int
    private var partial: Reply?
    private var bytes = 0

    init(maximumLines: Int, maximumBytes: Int) {
        self.maximumLines = maximumLines
        self.maximumBytes = maximumBytes
    }

    /// Reads a line. `hasLiteral` tells whether a literal follows it.
    ///
    ///     reply-line = code ("-" / SP) [enhanced SP] text
    ///
    /// - Returns: whether the line is the last one of its reply.
    /// - Throws: the fault of a line that breaks the grammar or exceeds a limit.
    mutating func take(_ line: ByteBuffer, hasLiteral: Bool) throws(WireFault) -> Bool {
        var line = line
        guard let code = Self.code(&line) else { throw WireFault("a reply without a code") }
        let separator = line.readInteger(as: UInt8.self) ?? UInt8(ascii: " ")
        bytes += line.readableBytes
        let (enhanced, text) = try Self.text(line, literal: hasLiteral)
        try add(code, enhanced, text)
        switch separator {
        case UInt8(ascii: "-"):
            guard !hasLiteral else { throw WireFault("a literal in the middle of a reply") }
            return false
        case UInt8(ascii: " "):
            return true
        default:
            throw WireFault("a reply without a code")
        }
    }

    /// Returns the reply that the lines form. The last line must have been read.
    mutating func finish() -> Reply {
        bytes = 0
        return partial.take()!
    }

    private mutating func add(_ code: Int, _ enhanced: String?, _ text: String) throws(WireFault) {
        guard bytes <= maximumBytes else { throw WireFault("a reply is too long") }
        // The reply is moved out of the property, because its lines are not copied if they have only one owner.
        guard var partial = self.partial.take() else {
            self.partial = Reply(code, enhanced, text)
            return
        }
        guard partial.code == code else { throw WireFault("the lines of a reply differ in their code") }
        guard partial.more.count + 1 < maximumLines else { throw WireFault("a reply has too many lines") }
        partial.more.append(text)
        self.partial = partial
    }

    /// Reads the three digits of a code. Returns nil if they are not a code from 200 to 599.
    private static func code(_ line: inout ByteBuffer) -> Int? {
        var code = 0
        for _ in 0..<3 {
            guard let digit = line.readInteger(as: UInt8.self), 0x30...0x39 ~= digit else { return nil }
            code = code * 10 + Int(digit & 0x0F)
        }
        return 200..<600 ~= code ? code : nil
    }

    /// Splits `2.0.0 text` into the enhanced code and the text. The space before a literal is removed.
    private static func text(_ line: ByteBuffer, literal: Bool) throws(WireFault) -> (String?, String) {
        guard line.isUTF8 else { throw WireFault("a reply that is not UTF-8") }
        return line.withUnsafeReadableBytes { bytes in
            let end = literal && bytes.last == UInt8(ascii: " ") ? bytes.count - 1 : bytes.count
            let text = UnsafeRawBufferPointer(rebasing: bytes[..<end])
            guard let count = enhancedCount(text) else { return (nil, String(decoding: text, as: UTF8.self)) }
            return (
                String(decoding: text.prefix(count), as: UTF8.self),
                String(decoding: text.dropFirst(count + 1), as: UTF8.self)
            )
        }
    }

    /// Returns the length of the enhanced code at the beginning of a text, or nil if the text has none. An enhanced
    /// code has three numbers of one to three digits (RFC 3463). A space follows it, or it is the whole text.
    static func enhancedCount(_ text: some Collection<UInt8>) -> Int? {
        var (dots, digits, count) = (0, 0, 0)
        for byte in text {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9") where digits < 3: digits += 1
            case UInt8(ascii: ".") where dots < 2 && digits > 0: (dots, digits) = (dots + 1, 0)
            case UInt8(ascii: " "): return dots == 2 && digits > 0 ? count : nil
            default: return nil
            }
            count += 1
        }
        return dots == 2 && digits > 0 ? count : nil
    }

    /// Returns the same result for bytes in memory. Nearly all codes have one digit in each number, and these are
    /// found without a loop.
    static func enhancedCount(_ text: UnsafeRawBufferPointer) -> Int? {
        guard text.count == 5 || text.count > 5 && text[5] == UInt8(ascii: " "),
            text[1] == UInt8(ascii: "."), text[3] == UInt8(ascii: "."),
            0x30...0x39 ~= text[0], 0x30...0x39 ~= text[2], 0x30...0x39 ~= text[4]
        else { return enhancedCount(text[...]) }
        return 5
    }
}

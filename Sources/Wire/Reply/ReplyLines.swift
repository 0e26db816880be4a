import NIOCore

/// The lines of one reply, as they are read, up to the last.
struct ReplyLines {
    /// Lines of one reply at most; the longest text has as many.
    private let maximumLines: Int
    /// Octets of their text in all.
    private let maximumOctets: Int
    private var partial: Reply?
    private var octets = 0

    init(maximumLines: Int, maximumOctets: Int) {
        self.maximumLines = maximumLines
        self.maximumOctets = maximumOctets
    }

    /// Takes a line. `hasLiteral`: a literal follows it.
    ///
    ///     reply-line = code ("-" / SP) [enhanced SP] text
    ///
    /// - Returns: whether it is the reply's last.
    mutating func take(_ line: ByteBuffer, hasLiteral: Bool) throws(WireFault) -> Bool {
        var line = line
        guard let code = Self.code(&line) else { throw WireFault("a reply without a code") }
        let separator = line.readInteger(as: UInt8.self) ?? UInt8(ascii: " ")
        octets += line.readableBytes
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

    /// The reply that the lines make, once the last of them was taken.
    mutating func finish() -> Reply {
        octets = 0
        return partial.take()!
    }

    private mutating func add(_ code: Int, _ enhanced: String?, _ text: String) throws(WireFault) {
        guard octets <= maximumOctets else { throw WireFault("a reply is too long") }
        // Taken, so that the lines have one owner and are not copied.
        guard var partial = self.partial.take() else {
            self.partial = Reply(code, enhanced, text)
            return
        }
        guard partial.code == code else { throw WireFault("the lines of a reply differ in their code") }
        guard partial.more.count + 1 < maximumLines else { throw WireFault("a reply has too many lines") }
        partial.more.append(text)
        self.partial = partial
    }

    /// Takes the three digits of a code.
    private static func code(_ line: inout ByteBuffer) -> Int? {
        var code = 0
        for _ in 0..<3 {
            guard let digit = line.readInteger(as: UInt8.self), 0x30...0x39 ~= digit else { return nil }
            code = code * 10 + Int(digit & 0x0F)
        }
        return 200..<600 ~= code ? code : nil
    }

    /// Splits `2.0.0 text`, and takes away the space before a literal.
    private static func text(_ line: ByteBuffer, literal: Bool) throws(WireFault) -> (String?, String) {
        guard line.isUTF8 else { throw WireFault("a reply that is not UTF-8") }
        return line.withUnsafeReadableBytes { octets in
            let end = literal && octets.last == UInt8(ascii: " ") ? octets.count - 1 : octets.count
            let text = UnsafeRawBufferPointer(rebasing: octets[..<end])
            guard let count = enhancedCount(text) else { return (nil, String(decoding: text, as: UTF8.self)) }
            return (
                String(decoding: text.prefix(count), as: UTF8.self),
                String(decoding: text.dropFirst(count + 1), as: UTF8.self)
            )
        }
    }

    /// How long the enhanced code is with which a text begins: three numbers of one to three digits (RFC 3463), alone or
    /// with a space behind them.
    static func enhancedCount(_ text: some Collection<UInt8>) -> Int? {
        var (dots, digits, count) = (0, 0, 0)
        for octet in text {
            switch octet {
            case UInt8(ascii: "0")...UInt8(ascii: "9") where digits < 3: digits += 1
            case UInt8(ascii: ".") where dots < 2 && digits > 0: (dots, digits) = (dots + 1, 0)
            case UInt8(ascii: " "): return dots == 2 && digits > 0 ? count : nil
            default: return nil
            }
            count += 1
        }
        return dots == 2 && digits > 0 ? count : nil
    }

    /// Returns the same for octets in memory. Nearly all codes have one digit in each place, and these are found at once.
    static func enhancedCount(_ text: UnsafeRawBufferPointer) -> Int? {
        guard text.count == 5 || text.count > 5 && text[5] == UInt8(ascii: " "),
            text[1] == UInt8(ascii: "."), text[3] == UInt8(ascii: "."),
            0x30...0x39 ~= text[0], 0x30...0x39 ~= text[2], 0x30...0x39 ~= text[4]
        else { return enhancedCount(text[...]) }
        return 5
    }
}

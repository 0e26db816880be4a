import NIOCore

/// One request line after framing, before its words are interpreted: the text of the line, then the bytes of each
/// literal and the text that follows it. Framing never depends on the command.
package struct RequestLine: Sendable, Equatable {
    package struct Tail: Sendable, Equatable {
        package var literal: ByteBuffer
        package var text: ByteBuffer
    }

    package var head: ByteBuffer
    package var tails: [Tail]

    package init(head: ByteBuffer, tails: [Tail] = []) {
        self.head = head
        self.tails = tails
    }

    /// The number of bytes of the line and its literals.
    package var size: Int {
        tails.reduce(head.readableBytes) { $0 + $1.literal.readableBytes + $1.text.readableBytes }
    }

    /// The length of the line in bytes, without its literals.
    var lineSize: Int { tails.reduce(head.readableBytes) { $0 + $1.text.readableBytes } }

    /// The first word as a verb, or nil if it is not a verb.
    package var verb: Verb? {
        head.withUnsafeReadableBytes { bytes in
            guard let (verb, count) = Verb.read(bytes) else { return nil }
            return count == bytes.count || bytes[count] == UInt8(ascii: " ") ? verb : nil
        }
    }

    /// The bytes before the first space, or all of them if the text has no space.
    package var firstWord: ByteBufferView {
        let view = head.readableBytesView
        return view[view.startIndex..<(view.firstIndex(of: UInt8(ascii: " ")) ?? view.endIndex)]
    }
}

/// The mark at the end of a line that announces a literal (RFC 7888). After `{n}` the sender waits for 354; after
/// `{n+}` it does not. The mark is a word of its own, or it follows `=`.
///
///     literal-mark = "{" 1*20DIGIT ["+"] "}"      ; at the end of a line, after SP or "=", or alone
package struct LiteralMark: Equatable {
    private static let mostDigits = 20
    /// The length of the longest mark in bytes.
    static let longest = mostDigits + 3
    /// The length of the announced literal in bytes. It is `Int.max` if the number does not fit.
    package let count: Int
    /// The length of the mark itself in bytes.
    let length: Int
    /// Whether the sender waits for 354 before it sends the literal.
    package let waits: Bool

    /// Reads the mark at the end of `line`. Returns nil if the line does not end in a mark.
    init?(endOf line: some BidirectionalCollection<UInt8>) {
        guard line.last == UInt8(ascii: "}") else { return nil }
        var digits = line.dropLast()
        waits = digits.last != UInt8(ascii: "+")
        if !waits { digits = digits.dropLast() }
        guard let open = digits.lastIndex(of: UInt8(ascii: "{")) else { return nil }
        let number = digits[digits.index(after: open)...]
        guard 1...Self.mostDigits ~= number.count,
            number.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") })
        else { return nil }
        let before = digits[..<open].last
        guard before == nil || before == UInt8(ascii: " ") || before == UInt8(ascii: "=") else { return nil }
        count = number.decimal() ?? .max
        length = number.count + (waits ? 2 : 3)
    }
}

extension ByteBuffer {
    /// The mark at the end of the bytes, or nil if they do not end in a mark.
    var literalMark: LiteralMark? {
        guard readableBytes > 0, getInteger(at: writerIndex - 1, as: UInt8.self) == UInt8(ascii: "}") else {
            return nil
        }
        return LiteralMark(endOf: readableBytesView)
    }
}

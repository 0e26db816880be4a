import NIOCore

/// One request line as it was framed, before anybody knows what its words mean: text, then for each literal the
/// literal's octets and the text behind it. Framing never depends on the command.
package struct Frame: Sendable, Equatable {
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

    /// Octets that the frame holds.
    package var size: Int {
        tails.reduce(head.readableBytes) { $0 + $1.literal.readableBytes + $1.text.readableBytes }
    }

    /// Octets of its line, without those of its literals.
    var lineSize: Int { tails.reduce(head.readableBytes) { $0 + $1.text.readableBytes } }

    /// The first word, if it is a verb; nil when it is none.
    package var verb: Verb? {
        head.withUnsafeReadableBytes { octets in
            guard let (verb, count) = Verb.read(octets) else { return nil }
            return count == octets.count || octets[count] == UInt8(ascii: " ") ? verb : nil
        }
    }

    /// The octets up to the first space.
    package var firstWord: ByteBufferView {
        let view = head.readableBytesView
        return view[view.startIndex..<(view.firstIndex(of: UInt8(ascii: " ")) ?? view.endIndex)]
    }
}

/// The mark at the end of a line that announces a literal: `{n}` (the sender waits for 354) or `{n+}` (it does not),
/// as a word of its own or behind `=` (RFC 7888).
///
///     literal-mark = "{" 1*20DIGIT ["+"] "}"      ; at the end of a line, after SP or "=", or alone
package struct LiteralMark: Equatable {
    private static let mostDigits = 20
    /// Octets of the longest mark.
    static let longest = mostDigits + 3
    /// Octets announced; `Int.max` when the number does not fit.
    package let count: Int
    /// Octets that the mark itself takes at the end of its line.
    let length: Int
    /// Whether the sender waits to be told to go on.
    package let waits: Bool

    /// The mark that ends `line`, if one does.
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
    /// The mark that ends the octets, if one does.
    var literalMark: LiteralMark? {
        guard readableBytes > 0, getInteger(at: writerIndex - 1, as: UInt8.self) == UInt8(ascii: "}") else {
            return nil
        }
        return LiteralMark(endOf: readableBytesView)
    }
}

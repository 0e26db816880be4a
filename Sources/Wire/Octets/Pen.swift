import NIOCore

/// Writes octets one behind the other where there is room for all of them, which is asked for once and not for each.
struct Pen {
    /// The digits of the longest number.
    static let longestNumber = 20

    private let octets: UnsafeMutableRawBufferPointer
    fileprivate private(set) var count = 0

    fileprivate init(_ octets: UnsafeMutableRawBufferPointer) {
        self.octets = octets
    }

    mutating func write(_ octet: UInt8) {
        precondition(count < octets.count, "there is not so much room")
        octets[count] = octet
        count += 1
    }

    mutating func write(_ other: UnsafeRawBufferPointer) {
        let end = count + other.count
        precondition(end <= octets.count, "there is not so much room")
        UnsafeMutableRawBufferPointer(rebasing: octets[count..<end]).copyMemory(from: other)
        count = end
    }

    /// Writes `count` octets, which `fill` writes.
    mutating func write(_ count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
        let end = self.count + count
        precondition(end <= octets.count, "there is not so much room")
        fill(UnsafeMutableRawBufferPointer(rebasing: octets[self.count..<end]))
        self.count = end
    }

    mutating func write(_ buffer: ByteBuffer) {
        buffer.withUnsafeReadableBytes { write($0) }
    }

    mutating func write(_ text: String) {
        let octets = text.utf8Span.span
        octets.withUnsafeBytes { write($0) }
    }

    mutating func write(_ text: StaticString) {
        text.withUTF8Buffer { write(UnsafeRawBufferPointer($0)) }
    }

    mutating func write(_ verb: Verb) { verb.forEachOctet { write($0) } }

    mutating func writeLineEnd() {
        write(UInt8(ascii: "\r"))
        write(UInt8(ascii: "\n"))
    }

    /// In decimal.
    mutating func write(_ number: UInt64) {
        let end = count + Self.digits(of: number)
        precondition(end <= octets.count, "there is not so much room")
        var (place, rest) = (end, number)
        repeat {
            place -= 1
            octets[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while place > count
        count = end
    }

    /// How many digits the number has in decimal.
    static func digits(of number: UInt64) -> Int {
        var (digits, rest) = (1, number)
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        return digits
    }
}

extension ByteBuffer {
    mutating func writeLineEnd() { write(upTo: 2) { $0.writeLineEnd() } }

    /// Appends what `write` writes, which is `room` octets at most.
    @inline(__always)
    mutating func write(upTo room: Int, _ write: (inout Pen) -> Void) {
        // To make room where there is no memory at all costs more.
        if capacity == 0 { self = ByteBufferAllocator().buffer(capacity: room) }
        writeWithUnsafeMutableBytes(minimumWritableBytes: room) { octets in
            var pen = Pen(octets)
            write(&pen)
            return pen.count
        }
    }
}

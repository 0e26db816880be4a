import Glibc
import NIOCore

extension ByteBuffer {
    /// Appends `octets`, or takes their place when there is nothing to append to, which copies nothing.
    ///
    /// What was read of this buffer may be held as slices of it, and a write would copy all of that too, again and again.
    /// So what is left is moved to a buffer of its own, once.
    package mutating func writeOrTake(_ octets: inout ByteBuffer) {
        guard readableBytes > 0 else {
            self = octets
            return
        }
        if readerIndex > 0 {
            var rest = ByteBuffer()
            rest.reserveCapacity(readableBytes + octets.readableBytes)
            rest.writeBuffer(&self)
            self = rest
        }
        writeBuffer(&octets)
    }

    /// Makes room for `count` octets and what a read may bring behind them, once, so that what arrives of them piece by
    /// piece is moved no more. Memory that nothing arrives for is only reserved.
    mutating func makeRoom(for count: Int) {
        guard count > 64 << 10, readerIndex > 0 || capacity < count else { return }
        var room = ByteBuffer()
        room.reserveCapacity(count + (64 << 10))
        room.writeBuffer(&self)
        self = room
    }

    /// How far from the first readable octet the first `octet` is, at `start` or behind it and before `end`.
    func offset(of octet: UInt8, from start: Int = 0, before end: Int? = nil) -> Int? {
        withUnsafeReadableBytes { $0.offset(of: octet, from: start, before: end) }
    }

    /// Whether the readable octets are UTF-8.
    var isUTF8: Bool {
        withUnsafeReadableBytes { $0.isASCII } || String(validating: readableBytesView, as: UTF8.self) != nil
    }

    /// Why the octets cannot stand on a line, if they cannot.
    var lineFailure: Failure? {
        let (isPlain, isASCII) = withUnsafeReadableBytes(\.lineKind)
        guard isPlain else { return offset(of: 0) == nil ? .bareCR : .nulInLine }
        return isASCII || isUTF8 ? nil : .notUTF8
    }

    /// `count` octets that `fill` writes.
    package init(count: Int, filledBy fill: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
        self = ByteBufferAllocator().buffer(capacity: count)
        try writeWithUnsafeMutableBytes(minimumWritableBytes: count) { output in
            try fill(UnsafeMutableRawBufferPointer(rebasing: output[..<count]))
            return count
        }
    }
}

extension UnsafeRawBufferPointer {
    /// How far from the first octet the first `octet` is, at `start` or behind it and before `end`.
    func offset(of octet: UInt8, from start: Int, before end: Int? = nil) -> Int? {
        let end = end ?? count
        guard start < end, let base = baseAddress else { return nil }
        return memchr(base + start, Int32(octet), end - start).map { UnsafeRawPointer($0) - base }
    }

    /// The loops have no early end, so that the compiler takes many octets at a time.
    fileprivate var isASCII: Bool {
        var seen: UInt8 = 0
        for octet in self { seen |= octet }
        return seen < 0x80
    }

    /// Whether the octets are ASCII without NUL and CR, and the last of them ends no mark.
    var isPlainLine: Bool { lineKind == (true, true) && last != UInt8(ascii: "}") }

    /// Whether there is neither NUL nor CR, and whether all is ASCII.
    fileprivate var lineKind: (isPlain: Bool, isASCII: Bool) {
        var (found, seen): (UInt8, UInt8) = (0, 0)
        for octet in self {
            found |= (octet == 0 ? 1 : 0) | (octet == UInt8(ascii: "\r") ? 1 : 0)
            seen |= octet
        }
        return (found == 0, seen < 0x80)
    }
}

extension Sequence<UInt8> {
    /// The number that the digits write; nil when an octet is none, or the number does not fit.
    func decimal<Number: FixedWidthInteger>() -> Number? {
        var number: Number = 0
        for octet in self {
            let (tens, isLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, isLarger) = tens.addingReportingOverflow(Number(octet & 0x0F))
            guard 0x30...0x39 ~= octet, !isLarge, !isLarger else { return nil }
            number = sum
        }
        return number
    }
}

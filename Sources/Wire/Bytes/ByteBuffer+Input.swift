import Glibc
import NIOCore

extension ByteBuffer {
    /// Appends the bytes of `bytes`. If this buffer is empty, it becomes `bytes`, and nothing is copied.
    ///
    /// Slices of this buffer may still hold the bytes that were read. A write to the buffer would then copy those
    /// bytes too, every time. The unread bytes are therefore moved once, to a new buffer.
    package mutating func writeOrTake(_ bytes: inout ByteBuffer) {
        guard readableBytes > 0 else {
            self = bytes
            return
        }
        if readerIndex > 0 {
            var rest = ByteBuffer()
            rest.reserveCapacity(readableBytes + bytes.readableBytes)
            rest.writeBuffer(&self)
            self = rest
        }
        writeBuffer(&bytes)
    }

    /// Reserves memory for `count` bytes and for what one read may bring after them. The bytes are then not moved
    /// again while they arrive in pieces. Memory for bytes that never arrive is reserved but not used.
    mutating func makeRoom(for count: Int) {
        guard count > 64 << 10, readerIndex > 0 || capacity < count else { return }
        var room = ByteBuffer()
        room.reserveCapacity(count + (64 << 10))
        room.writeBuffer(&self)
        self = room
    }

    /// Returns the distance from the first readable byte to the first byte with the value `byte`. The search begins
    /// at `start` and stops before `end`.
    ///
    /// - Returns: nil if no such byte is found.
    func offset(of byte: UInt8, from start: Int = 0, before end: Int? = nil) -> Int? {
        withUnsafeReadableBytes { $0.offset(of: byte, from: start, before: end) }
    }

    /// Whether the readable bytes are valid UTF-8.
    var isUTF8: Bool {
        withUnsafeReadableBytes { $0.isASCII } || String(validating: readableBytesView, as: UTF8.self) != nil
    }

    /// The reason why these bytes are not allowed in a line; nil if they are allowed.
    var lineFailure: Failure? {
        let (isPlain, isASCII) = withUnsafeReadableBytes(\.lineKind)
        guard isPlain else { return offset(of: 0) == nil ? .bareCR : .nulInLine }
        return isASCII || isUTF8 ? nil : .notUTF8
    }

    /// Creates a buffer of `count` bytes. `fill` writes them.
    package init(count: Int, filledBy fill: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
        self = ByteBufferAllocator().buffer(capacity: count)
        try writeWithUnsafeMutableBytes(minimumWritableBytes: count) { output in
            try fill(UnsafeMutableRawBufferPointer(rebasing: output[..<count]))
            return count
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Returns the distance from the first byte to the first byte with the value `byte`. The search begins at
    /// `start` and stops before `end`.
    ///
    /// - Returns: nil if no such byte is found.
    func offset(of byte: UInt8, from start: Int, before end: Int? = nil) -> Int? {
        let end = end ?? count
        guard start < end, let base = baseAddress else { return nil }
        return memchr(base + start, Int32(byte), end - start).map { UnsafeRawPointer($0) - base }
    }

    /// Whether all bytes are ASCII. The loop does not stop early, which lets the compiler process many bytes at a
    /// time.
    fileprivate var isASCII: Bool {
        var seen: UInt8 = 0
        for byte in self { seen |= byte }
        return seen < 0x80
    }

    /// Whether the bytes are ASCII without NUL and CR and do not end with `}`, which could end the mark of a literal.
    var isPlainLine: Bool { lineKind == (true, true) && last != UInt8(ascii: "}") }

    /// Whether the bytes contain neither NUL nor CR (`isPlain`), and whether they are all ASCII (`isASCII`).
    fileprivate var lineKind: (isPlain: Bool, isASCII: Bool) {
        var (found, seen): (UInt8, UInt8) = (0, 0)
        for byte in self {
            found |= (byte == 0 ? 1 : 0) | (byte == UInt8(ascii: "\r") ? 1 : 0)
            seen |= byte
        }
        return (found == 0, seen < 0x80)
    }
}

extension Sequence<UInt8> {
    /// Returns the number that these decimal digits represent; nil if a byte is not a digit or the number does not
    /// fit.
    func decimal<Number: FixedWidthInteger>() -> Number? {
        var number: Number = 0
        for byte in self {
            let (tens, isLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, isLarger) = tens.addingReportingOverflow(Number(byte & 0x0F))
            guard 0x30...0x39 ~= byte, !isLarge, !isLarger else { return nil }
            number = sum
        }
        return number
    }
}

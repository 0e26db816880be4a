import Input

/// Writes parts of a line into memory that has room for them. They are JSON in the spelling of ``AuditFormat``.
struct JSONWriter {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(in memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    /// Returns the next `count` bytes, for the caller to write.
    mutating func take(_ count: Int) -> UnsafeMutableRawBufferPointer {
        let start = self.count
        self.count += count
        precondition(self.count <= memory.count)
        return UnsafeMutableRawBufferPointer(rebasing: memory[start..<self.count])
    }

    mutating func put(_ text: StaticString) {
        take(text.utf8CodeUnitCount)
            .copyMemory(from: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func put(_ bytes: some Collection<UInt8>) { take(bytes.count).copyBytes(from: bytes) }

    mutating func put(_ byte: UInt8) { take(1)[0] = byte }

    // MARK: Numbers

    /// The most bytes of a number.
    static let numberBound = 20

    /// Writes a JSON number.
    mutating func put(json number: some FixedWidthInteger) {
        if number < 0 { put("-") }
        let magnitude = UInt64(number.magnitude)
        var (count, rest) = (1, magnitude / 10)
        while rest > 0 { (count, rest) = (count + 1, rest / 10) }
        put(magnitude, digits: count)
    }

    /// Writes `digits` digits of a number that is not negative, with leading zeros.
    mutating func put(_ number: some FixedWidthInteger, digits: Int) {
        var rest = UInt64(number)
        let output = take(digits)
        for index in output.indices.reversed() {
            output[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    /// Writes eight hexadecimal digits.
    mutating func put(hex number: UInt32) {
        let output = take(8)
        for index in output.indices {
            let digit = UInt8(number >> (28 - 4 * UInt32(index)) & 0xF)
            output[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
    }

    // MARK: Strings

    /// Returns the most bytes that a string of `count` bytes takes.
    static func bound(_ count: Int) -> Int { 6 * count + 2 }

    static func bound(_ text: String) -> Int { bound(text.utf8.count) }

    static func bound(_ text: String?) -> Int { text.map { bound($0) } ?? 4 }

    /// Writes a JSON string.
    mutating func put(json text: String) {
        let bytes = text.utf8Span.span
        let isPlain = bytes.withUnsafeBufferPointer { $0.allSatisfy(Self.isPlain) }
        if isPlain {
            let output = take(bytes.count + 2)
            output[0] = UInt8(ascii: "\"")
            bytes.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(rebasing: output[1...]).copyMemory(from: $0)
            }
            output[bytes.count + 1] = UInt8(ascii: "\"")
        } else {
            put(UInt8(ascii: "\""))
            for scalar in text.unicodeScalars { put(escaping: scalar) }
            put(UInt8(ascii: "\""))
        }
    }

    /// Writes a JSON string, or null.
    mutating func put(json text: String?) {
        if let text { put(json: text) } else { put("null") }
    }

    private mutating func put(escaping scalar: Unicode.Scalar) {
        switch scalar {
        case "\"": put("\\\"")
        case "\\": put("\\\\")
        default:
            guard scalar.isHarmful else { return put(UTF8.encode(scalar)!) }
            let digits = String(scalar.value, radix: 16)
            put("\\u")
            put(repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count))
            put(digits.utf8)
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }
}

extension [UInt8] {
    /// Appends the bytes that `write` writes, at most `bound`.
    mutating func append(atMost bound: Int, _ write: (inout JSONWriter) -> Void) {
        append(addingCapacity: bound) { (output: inout OutputSpan<UInt8>) in
            output.withUnsafeMutableBufferPointer { buffer, initialized in
                var text = JSONWriter(in: UnsafeMutableRawBufferPointer(buffer))
                write(&text)
                initialized = text.count
            }
        }
    }
}

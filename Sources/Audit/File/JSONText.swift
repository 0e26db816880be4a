/// A piece of a line that is being written, into memory that has room for it. Its pieces are JSON as ``AuditFormat``
/// spells it.
struct JSONText {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(in memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    /// The next `count` octets, for the caller to write.
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

    mutating func put(_ octets: some Collection<UInt8>) { take(octets.count).copyBytes(from: octets) }

    mutating func put(_ octet: UInt8) { take(1)[0] = octet }

    // MARK: Numbers

    /// The most octets that a number has.
    static let numberBound = 20

    /// A JSON number.
    mutating func put(json number: some FixedWidthInteger) {
        if number < 0 { put("-") }
        let magnitude = UInt64(number.magnitude)
        var (count, rest) = (1, magnitude / 10)
        while rest > 0 { (count, rest) = (count + 1, rest / 10) }
        put(magnitude, digits: count)
    }

    /// As many digits of a number that is not negative, with zeros in front.
    mutating func put(_ number: some FixedWidthInteger, digits: Int) {
        var rest = UInt64(number)
        let place = take(digits)
        for index in place.indices.reversed() {
            place[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    /// Eight hexadecimal digits.
    mutating func put(hex number: UInt32) {
        let place = take(8)
        for index in place.indices {
            let digit = UInt8(number >> (28 - 4 * UInt32(index)) & 0xF)
            place[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
    }

    // MARK: Strings

    /// The most octets that a string of `count` octets has.
    static func bound(_ count: Int) -> Int { 6 * count + 2 }

    static func bound(_ text: String) -> Int { bound(text.utf8.count) }

    static func bound(_ text: String?) -> Int { text.map { bound($0) } ?? 4 }

    /// A JSON string.
    mutating func put(json text: String) {
        let octets = text.utf8Span.span
        let isPlain = octets.withUnsafeBufferPointer { $0.allSatisfy(Self.isPlain) }
        if isPlain {
            let place = take(octets.count + 2)
            place[0] = UInt8(ascii: "\"")
            octets.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(rebasing: place[1...]).copyMemory(from: $0)
            }
            place[octets.count + 1] = UInt8(ascii: "\"")
        } else {
            put(UInt8(ascii: "\""))
            for scalar in text.unicodeScalars { put(escaping: scalar) }
            put(UInt8(ascii: "\""))
        }
    }

    /// A JSON string or null.
    mutating func put(json text: String?) {
        if let text { put(json: text) } else { put("null") }
    }

    private mutating func put(escaping scalar: Unicode.Scalar) {
        switch scalar {
        case "\"": put("\\\"")
        case "\\": put("\\\\")
        default:
            guard Self.isControl(scalar) else { return put(UTF8.encode(scalar)!) }
            let digits = String(scalar.value, radix: 16)
            put("\\u")
            put(repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count))
            put(digits.utf8)
        }
    }

    private static func isPlain(_ octet: UInt8) -> Bool {
        octet >= 0x20 && octet < 0x7F && octet != UInt8(ascii: "\"") && octet != UInt8(ascii: "\\")
    }

    /// C0, DEL, C1, and the marks that turn the direction of text or end a line.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x61C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

extension [UInt8] {
    /// Appends what `write` puts, at most `bound` octets.
    mutating func append(atMost bound: Int, _ write: (inout JSONText) -> Void) {
        append(addingCapacity: bound) { (output: inout OutputSpan<UInt8>) in
            output.withUnsafeMutableBufferPointer { buffer, initialized in
                var text = JSONText(in: UnsafeMutableRawBufferPointer(buffer))
                write(&text)
                initialized = text.count
            }
        }
    }
}

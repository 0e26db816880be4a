/// The implementation of ``Base64`` and ``Base64URL``: RFC 4648 with a given alphabet, with or without padding.
///
/// It looks digits up in tables, so its time is not constant. It is meant for ciphertext, signatures, and salts. A
/// secret key goes through it only when its file is read or written, and when a client gets a key for its own data.
struct Radix64: Sendable {
    /// The two digits for each 12-bit value, with the first digit in the lower byte.
    private let pairs: [UInt16]
    /// Four tables of 256 entries, one for each digit of a quantum. They hold the digit's value, shifted to its
    /// position.
    private let values: [UInt32]

    private static let invalid: UInt32 = 1 << 24
    private static let pad = UInt8(ascii: "=")

    static let standard = Radix64(last: "+/")
    static let url = Radix64(last: "-_")

    /// - Parameter last: the two digits after A-Z, a-z, and 0-9, in which the alphabets differ.
    private init(last: String) {
        let digits = Array(("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + last).utf8)
        pairs = (0..<4096).map { UInt16(digits[$0 >> 6]) | UInt16(digits[$0 & 63]) << 8 }
        var values = [UInt32](repeating: Self.invalid, count: 4 * 256)
        for (value, digit) in digits.enumerated() {
            for position in 0..<4 { values[position * 256 + Int(digit)] = UInt32(value) << (18 - 6 * position) }
        }
        self.values = values
    }

    /// Returns a copy of `prefix` and the digits of `bytes`.
    func encode(_ bytes: RawSpan, padded: Bool, after prefix: StaticString) -> [UInt8] {
        let start = prefix.utf8CodeUnitCount
        let count = start + Self.encodedCount(of: bytes.byteCount, padded: padded)
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let output = UnsafeMutableRawBufferPointer(buffer)
            output.copyMemory(from: UnsafeRawBufferPointer(start: prefix.utf8Start, count: start))
            encode(bytes, into: UnsafeMutableRawBufferPointer(rebasing: output[start..<count]))
            initialized = count
        }
    }

    /// Returns the number of digits for `count` bytes, including padding.
    static func encodedCount(of count: Int, padded: Bool) -> Int {
        let (triples, rest) = count.quotientAndRemainder(dividingBy: 3)
        return triples * 4 + (rest == 0 ? 0 : (padded ? 4 : rest + 1))
    }

    /// Writes the digits of `bytes` to `output`, whose size decides whether they get padding.
    func encode(_ bytes: RawSpan, into output: UnsafeMutableRawBufferPointer) {
        pairs.withUnsafeBufferPointer { pairs in
            bytes.withUnsafeBytes { Self.encode($0, by: pairs, into: output) }
        }
    }

    /// Returns a copy of `prefix` and the bytes that `text` encodes; nil if `text` is not their canonical form. Refused
    /// are other bytes than digits, also white space, a wrong length, missing or excess padding, and bits after the
    /// last byte.
    func decode(_ text: RawSpan, padded: Bool, after prefix: StaticString) -> [UInt8]? {
        guard let decoded = decodedCount(of: text, padded: padded) else { return nil }
        let start = prefix.utf8CodeUnitCount
        let count = start + decoded
        var valid = false
        let result = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let output = UnsafeMutableRawBufferPointer(buffer)
            output.copyMemory(from: UnsafeRawBufferPointer(start: prefix.utf8Start, count: start))
            valid = decode(text, padded: padded, into: .init(rebasing: output[start..<count]))
            initialized = valid ? count : 0
        }
        return valid ? result : nil
    }

    /// Returns the number of bytes that `text` encodes; nil if no canonical text has its length or padding.
    func decodedCount(of text: RawSpan, padded: Bool) -> Int? {
        Self.digitCount(of: text, padded: padded).map { $0 / 4 * 3 + ($0 % 4 == 0 ? 0 : $0 % 4 - 1) }
    }

    /// Writes the bytes that `text` encodes to `output`, which has room for ``decodedCount(of:padded:)`` bytes.
    ///
    /// - Returns: false if `text` is not canonical. Then the caller must discard the written bytes.
    func decode(_ text: RawSpan, padded: Bool, into output: UnsafeMutableRawBufferPointer) -> Bool {
        guard let digits = Self.digitCount(of: text, padded: padded) else { return false }
        return values.withUnsafeBufferPointer { values in
            text.withUnsafeBytes { Self.decode(.init(rebasing: $0[..<digits]), by: values, into: output) }
        }
    }

    /// Returns the number of digits before the padding; nil if no canonical text has this length or padding.
    private static func digitCount(of text: RawSpan, padded: Bool) -> Int? {
        var count = text.byteCount
        if padded {
            guard count % 4 == 0 else { return nil }
            text.withUnsafeBytes { bytes in
                for _ in 0..<2 where count > 0 && bytes[count - 1] == pad { count -= 1 }
            }
        }
        return count % 4 == 1 ? nil : count
    }

    private static func encode(
        _ input: UnsafeRawBufferPointer, by pairs: UnsafeBufferPointer<UInt16>,
        into output: UnsafeMutableRawBufferPointer
    ) {
        var read = 0
        var written = 0
        // Each step encodes six of the eight bytes that it loads.
        while read + 8 <= input.count {
            let word = UInt64(bigEndian: input.loadUnaligned(fromByteOffset: read, as: UInt64.self))
            let front = UInt64(pairs[Int(word >> 52)]) | UInt64(pairs[Int(word >> 40 & 0xFFF)]) << 16
            let back = UInt64(pairs[Int(word >> 28 & 0xFFF)]) | UInt64(pairs[Int(word >> 16 & 0xFFF)]) << 16
            output.storeBytes(of: (front | back << 32).littleEndian, toByteOffset: written, as: UInt64.self)
            read += 6
            written += 8
        }
        while read + 3 <= input.count {
            let word = Int(input[read]) << 16 | Int(input[read + 1]) << 8 | Int(input[read + 2])
            output.storeBytes(of: pairs[word >> 12].littleEndian, toByteOffset: written, as: UInt16.self)
            output.storeBytes(of: pairs[word & 0xFFF].littleEndian, toByteOffset: written + 2, as: UInt16.self)
            read += 3
            written += 4
        }
        guard read < input.count else { return }
        let second = read + 1 < input.count ? Int(input[read + 1]) : 0
        let word = Int(input[read]) << 16 | second << 8
        withUnsafeBytes(of: (pairs[word >> 12].littleEndian, pairs[word & 0xFFF].littleEndian)) { digits in
            let used = input.count - read + 1
            for position in 0..<(output.count - written) {
                output[written + position] = position < used ? digits[position] : pad
            }
        }
    }

    /// Writes the bytes that the digits encode; false if one of them is not a digit, or if bits after the last byte are
    /// set.
    private static func decode(
        _ input: UnsafeRawBufferPointer, by values: UnsafeBufferPointer<UInt32>,
        into output: UnsafeMutableRawBufferPointer
    ) -> Bool {
        func quantum(_ read: Int) -> UInt32 {
            values[Int(input[read])] | values[256 + Int(input[read + 1])]
                | values[512 + Int(input[read + 2])] | values[768 + Int(input[read + 3])]
        }
        var seen: UInt32 = 0
        var read = 0
        var written = 0
        // Each step writes six bytes, and needs room for the eight that it stores.
        while read + 8 <= input.count, written + 8 <= output.count {
            let (first, second) = (quantum(read), quantum(read + 4))
            seen |= first | second
            let word = UInt64(first) << 40 | UInt64(second) << 16
            output.storeBytes(of: word.bigEndian, toByteOffset: written, as: UInt64.self)
            read += 8
            written += 6
        }
        while read + 4 <= input.count {
            let word = quantum(read)
            seen |= word
            output[written] = UInt8(truncatingIfNeeded: word >> 16)
            output[written + 1] = UInt8(truncatingIfNeeded: word >> 8)
            output[written + 2] = UInt8(truncatingIfNeeded: word)
            read += 4
            written += 3
        }
        var word: UInt32 = 0
        for (position, digit) in input[read...].enumerated() { word |= values[position * 256 + Int(digit)] }
        seen |= word
        while written < output.count {
            output[written] = UInt8(truncatingIfNeeded: word >> 16)
            word <<= 8
            written += 1
        }
        // The remaining bits of the last quantum encode nothing. They must be zero, because otherwise there would be
        // several spellings.
        return seen & invalid == 0 && (input.count % 4 == 0 || word & 0xFF_FFFF == 0)
    }
}

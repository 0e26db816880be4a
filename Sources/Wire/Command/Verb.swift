/// The verb of a command: 1 to 16 characters of `A-Z 0-9 -`, beginning with a letter. It is packed into two integers,
/// which makes comparisons fast.
public struct Verb: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    package static let maximumLength = 16
    private var high: UInt64
    private var low: UInt64

    /// Reads a verb, and folds lower case. Returns nil if the bytes are not a verb.
    package init?(_ text: some Collection<UInt8>) {
        let bytes = Array(text.prefix(Self.maximumLength + 1))
        guard let (verb, count) = bytes.withUnsafeBytes({ Self.read($0) }), count == text.count else { return nil }
        self = verb
    }

    /// Reads the verb at the beginning of the bytes. It ends before the first byte that cannot be part of a verb.
    ///
    /// - Returns: the verb and its length in bytes, or nil if the bytes do not begin with a verb, or the verb is too
    ///   long.
    static func read(_ bytes: UnsafeRawBufferPointer) -> (verb: Verb, count: Int)? {
        var verb = Verb(high: 0, low: 0)
        var count = 0
        while count < bytes.count, let upper = folded(bytes[count], first: count == 0) {
            guard count < maximumLength else { return nil }
            let byte = UInt64(upper)
            if count < 8 { verb.high = verb.high << 8 | byte } else { verb.low = verb.low << 8 | byte }
            count += 1
        }
        return count > 0 ? (verb, count) : nil
    }

    private init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    /// Makes a verb from a literal in the source. A literal that is not a verb is a programming error, and stops the
    /// program.
    public init(stringLiteral value: StaticString) {
        self = value.withUTF8Buffer { Verb($0)! }
    }

    /// A hash of the verb, for `VerbTable`.
    var mixed: Int {
        let product = (high ^ low &* 31) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: product >> 40)
    }

    /// The verb as text, in upper case.
    public var description: String {
        var bytes: [UInt8] = []
        forEachByte { bytes.append($0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The length of the verb in bytes.
    var count: Int { 16 - (high.leadingZeroBitCount + low.leadingZeroBitCount) / 8 }

    func forEachByte(_ body: (UInt8) -> Void) {
        Self.forEachByte(of: high, body)
        Self.forEachByte(of: low, body)
    }

    private static func forEachByte(of word: UInt64, _ body: (UInt8) -> Void) {
        var shift = 64 - word.leadingZeroBitCount & ~7
        while shift > 0 {
            shift -= 8
            body(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
        }
    }

    private static func folded(_ byte: UInt8, first: Bool) -> UInt8? {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte & 0xDF
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): first ? nil : byte
        default: nil
        }
    }
}

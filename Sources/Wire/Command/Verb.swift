/// A command's verb in upper case, 1 to 16 of `A-Z 0-9 -`, the first a letter; packed so that verbs compare as integers.
public struct Verb: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    package static let maximumLength = 16
    private var high: UInt64
    private var low: UInt64

    /// nil when the octets are no verb. Lower case is folded.
    package init?(_ text: some Collection<UInt8>) {
        let octets = Array(text.prefix(Self.maximumLength + 1))
        guard let (verb, count) = octets.withUnsafeBytes({ Self.read($0) }), count == text.count else { return nil }
        self = verb
    }

    /// Reads the verb that the octets begin with, up to the first octet that no verb has.
    ///
    /// - Returns: the verb and how many octets it has; nil if the octets begin with none, or with one that is too long.
    static func read(_ octets: UnsafeRawBufferPointer) -> (verb: Verb, count: Int)? {
        var verb = Verb(high: 0, low: 0)
        var count = 0
        while count < octets.count, let upper = folded(octets[count], first: count == 0) {
            guard count < maximumLength else { return nil }
            let octet = UInt64(upper)
            if count < 8 { verb.high = verb.high << 8 | octet } else { verb.low = verb.low << 8 | octet }
            count += 1
        }
        return count > 0 ? (verb, count) : nil
    }

    private init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    /// A verb that stands in the source: it is a programming error when it is none.
    public init(stringLiteral value: StaticString) {
        self = value.withUTF8Buffer { Verb($0)! }
    }

    /// Bits that differ between verbs, for a table of them.
    var mixed: Int {
        let product = (high ^ low &* 31) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: product >> 40)
    }

    /// The verb as text, in upper case.
    public var description: String {
        var octets: [UInt8] = []
        forEachOctet { octets.append($0) }
        return String(decoding: octets, as: UTF8.self)
    }

    /// How many octets it has.
    var count: Int { 16 - (high.leadingZeroBitCount + low.leadingZeroBitCount) / 8 }

    func forEachOctet(_ body: (UInt8) -> Void) {
        Self.forEachOctet(of: high, body)
        Self.forEachOctet(of: low, body)
    }

    private static func forEachOctet(of word: UInt64, _ body: (UInt8) -> Void) {
        var shift = 64 - word.leadingZeroBitCount & ~7
        while shift > 0 {
            shift -= 8
            body(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
        }
    }

    private static func folded(_ octet: UInt8, first: Bool) -> UInt8? {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): octet & 0xDF
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): octet
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): first ? nil : octet
        default: nil
        }
    }
}

/// A command's verb in upper case, 1 to 16 of `A-Z 0-9 -`, the first a letter; packed so that verbs compare as integers.
public struct Verb: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    package static let maximumLength = 16
    private let high: UInt64
    private let low: UInt64

    /// nil when the octets are no verb. Lower case is folded.
    package init?(_ text: some Collection<UInt8>) {
        guard !text.isEmpty, text.count <= Self.maximumLength else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        var count = 0
        for octet in text {
            guard let upper = Self.folded(octet, first: count == 0) else { return nil }
            if count < 8 { high = high << 8 | UInt64(upper) } else { low = low << 8 | UInt64(upper) }
            count += 1
        }
        self.high = high
        self.low = low
    }

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
        String(decoding: Self.octets(high) + Self.octets(low), as: UTF8.self)
    }

    private static func octets(_ word: UInt64) -> [UInt8] {
        (0..<8).reversed().map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) }.filter { $0 != 0 }
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

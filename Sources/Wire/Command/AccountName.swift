/// An account's name in its one canonical spelling: `[a-z0-9][a-z0-9._@+-]{0,63}`, after folding A-Z to a-z.
public struct AccountName: Hashable, Sendable, CustomStringConvertible {
    package static let maximumLength = 64
    /// The canonical spelling.
    public let description: String

    /// nil when, after folding, the octets are not a name.
    package init?(_ text: some Sequence<UInt8>) {
        var folded = [64 of UInt8](repeating: 0)
        var count = 0
        for octet in text {
            let lower = Self.fold(octet)
            guard count < Self.maximumLength, Self.isAllowed(lower, first: count == 0) else { return nil }
            folded[count] = lower
            count += 1
        }
        guard count > 0 else { return nil }
        description = folded.span.extracting(..<count).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    package init?(_ text: String) {
        self.init(text.utf8)
    }

    /// Whether the octets are a name in its canonical spelling.
    static func isCanonical(_ octets: UnsafeRawBufferPointer) -> Bool {
        guard 1...maximumLength ~= octets.count, isAllowed(octets[0], first: true) else { return false }
        for octet in octets where !isAllowed(octet, first: false) { return false }
        return true
    }

    private static func fold(_ octet: UInt8) -> UInt8 {
        octet >= UInt8(ascii: "A") && octet <= UInt8(ascii: "Z") ? octet | 0x20 : octet
    }

    private static func isAllowed(_ octet: UInt8, first: Bool) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: "+"), UInt8(ascii: "-"): !first
        default: false
        }
    }
}

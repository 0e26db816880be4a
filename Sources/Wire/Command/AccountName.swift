/// The name of an account in its only canonical spelling: `[a-z0-9][a-z0-9._@+-]{0,63}`. A-Z are folded to a-z.
public struct AccountName: Hashable, Sendable, CustomStringConvertible {
    package static let maximumLength = 64
    /// The canonical spelling.
    public let description: String

    /// The length of the name in bytes.
    package var count: Int { description.utf8.count }

    /// Folds A-Z to a-z. Returns nil if the result is not a valid name.
    package init?(_ text: some Sequence<UInt8>) {
        var folded = [64 of UInt8](repeating: 0)
        var count = 0
        for byte in text {
            let lower = Self.fold(byte)
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

    /// Returns nil unless the text is already a name in its canonical spelling.
    package init?(canonical text: String) {
        guard 1...Self.maximumLength ~= text.utf8.count, Self.isAllowed(text.utf8.first!, first: true),
            text.utf8.allSatisfy({ Self.isAllowed($0, first: false) })
        else { return nil }
        description = text
    }

    private static func fold(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    private static func isAllowed(_ byte: UInt8, first: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: "+"), UInt8(ascii: "-"): !first
        default: false
        }
    }
}

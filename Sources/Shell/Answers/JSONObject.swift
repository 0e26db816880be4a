import FoundationEssentials
import Input
import NIOCore

/// A JSON object (RFC 8259) whose members are known by name.
struct JSONObject: Encodable {
    enum Value: Encodable {
        case text(String)
        case number(Int)
        case decimal(Double)
        case flag(Bool)
        case lines([String])

        /// The value as text, for a reader that wants this value alone.
        var text: String {
            switch self {
            case .text(let text): text
            case .number(let number): "\(number)"
            case .decimal(let number): "\(number)"
            case .flag(let flag): "\(flag)"
            case .lines(let lines): lines.joined(separator: "\n")
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .number(let number): try container.encode(number)
            case .decimal(let number): try container.encode(number)
            case .flag(let flag): try container.encode(flag)
            case .lines(let lines): try container.encode(lines)
            }
        }
    }

    private let members: [String: Value]

    /// - Parameter members: the members; those that are nil are left out.
    init(_ members: [String: Value?]) { self.members = members.compactMapValues { $0 } }

    /// The names of the members in alphabetical order.
    var names: [String] { members.keys.sorted() }

    subscript(name: String) -> Value? { members[name] }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(members)
    }

    /// The object on one line, and a line end.
    var line: ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and finite numbers can always be encoded.
        let text = String(decoding: (try? encoder.encode(self)) ?? Data(), as: UTF8.self)
        return ByteBuffer(string: Self.escaped(text) + "\n")
    }

    /// Escapes the control characters that JSON permits, since a terminal may obey them. Outside of strings there are
    /// none.
    private static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: \.isHarmful) else { return text }
        return text.unicodeScalars.map { scalar in
            guard scalar.isHarmful, scalar.value <= 0xFFFF else { return String(scalar) }
            let digits = String(scalar.value, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }
}

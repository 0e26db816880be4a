import Foundation
import Input
import Logging

/// How a line of the log is written: as text, or as a JSON object.
///
/// Values never end a line early or reach a terminal raw: control characters are escaped in both forms.
struct LogFormat: Sendable {
    /// Octets of one value that are written.
    static let longestValue = 4096

    let program: String
    let isJSON: Bool

    /// The octets of a line, with its end.
    func line(_ level: Logger.Level, _ message: String, _ fields: [(String, String)]) -> [UInt8] {
        let (message, fields) = (Self.cut(message), fields.map { ($0, Self.cut($1)) })
        return Array(((isJSON ? json(level, message, fields) : text(level, message, fields)) + "\n").utf8)
    }

    private func json(_ level: Logger.Level, _ message: String, _ fields: [(String, String)]) -> String {
        var object = [("time", Self.now), ("level", level.rawValue), ("program", program), ("message", message)]
        object += fields
        return "{" + object.map { "\(Self.quoted($0)):\(Self.quoted($1))" }.joined(separator: ",") + "}"
    }

    private func text(_ level: Logger.Level, _ message: String, _ fields: [(String, String)]) -> String {
        let level = level >= .warning ? "\(level.rawValue): " : ""
        let tail = fields.map { " \($0)=\(Self.escaped($1))" }.joined()
        return "\(program): \(level)\(Self.escaped(message))\(tail)"
    }

    /// UTC, to the second, as RFC 3339 writes it. Not by Foundation, which opens ICU's time zones for that: they would stay
    /// in memory, 2 MiB with what reads them.
    private static var now: String {
        var (now, parts) = (time(nil), tm())
        gmtime_r(&now, &parts)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { text in
            strftime(text.baseAddress!, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
            return String(cString: text.baseAddress!)
        }
    }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > longestValue else { return text }
        return String(decoding: text.utf8.prefix(longestValue), as: UTF8.self) + "…"
    }

    /// A JSON string.
    static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            default: scalar.isHarmful ? String(format: "\\u%04x", scalar.value) : String(scalar)
            }
        }
        return "\"\(escaped.joined())\""
    }

    static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { $0.isHarmful ? String(format: "\\u{%x}", $0.value) : String($0) }.joined()
    }
}

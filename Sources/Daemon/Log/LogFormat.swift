import Foundation
import Input
import Logging

/// The form of a log line: text, or a JSON object.
///
/// A value never ends a line early, and a terminal never receives it raw. Control characters are escaped in both
/// forms.
struct LogFormat: Sendable {
    /// The number of bytes of one value that are written. A longer value is cut.
    static let longestValue = 4096

    let program: String
    let isJSON: Bool

    /// Returns the bytes of a line, including the line end.
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

    /// The current time in UTC, to the second, as RFC 3339 writes it. Foundation is not used for it, because it opens
    /// ICU's time zones. These would stay in memory and take 2 MiB, with the code that reads them.
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

    /// Returns the text as a JSON string, with its quotation marks.
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

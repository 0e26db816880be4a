import Foundation
import Input
import Logging

/// Writes log lines in a form.
///
/// A value never ends a line early, and a terminal never receives it raw. Control characters are escaped in every
/// form. In text, a value that could be read as more than one is quoted.
struct LogFormat: Sendable {
    /// The number of bytes of one value that are written. A longer value is cut.
    static let longestValue = 4096
    /// The number of bytes of a line for the journal. A longer line is cut, because the journal would break it at its
    /// LineMax, which is 48 KiB by default, and would look for a priority at the beginning of the rest.
    static let longestJournalLine = 16_384

    let program: String
    let form: LogForm

    /// Returns the bytes of a line, including the line end.
    func line(_ level: Logger.Level, _ message: String, _ fields: [(String, String)]) -> [UInt8] {
        let (message, fields) = (Self.cut(message), fields.map { ($0, Self.cut($1)) })
        let line =
            switch form {
            case .json: json(level, message, fields)
            case .text: "\(program): \(level >= .warning ? "\(level.rawValue): " : "")\(Self.text(message, fields))"
            case .journal:
                LogForm.priority(level) + Self.cut(Self.text(message, fields), at: Self.longestJournalLine)
            }
        return Array("\(line)\n".utf8)
    }

    private func json(_ level: Logger.Level, _ message: String, _ fields: [(String, String)]) -> String {
        var object = [("time", Self.now), ("level", level.rawValue), ("program", program), ("message", message)]
        object += fields
        return "{" + object.map { "\(Self.quoted($0)):\(Self.quoted($1))" }.joined(separator: ",") + "}"
    }

    private static func text(_ message: String, _ fields: [(String, String)]) -> String {
        escaped(message) + fields.map { " \($0)=\(word($1))" }.joined()
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

    private static func cut(_ text: String, at limit: Int = longestValue) -> String {
        guard text.utf8.count > limit else { return text }
        return String(decoding: text.utf8.prefix(limit), as: UTF8.self) + "…"
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

    /// Returns a value as one word of a line of text. A value that is empty, or that contains a blank, a quotation
    /// mark, an equals sign or a backslash, is quoted, so that it cannot be read as another member of the line, or as
    /// an escaped character.
    static func word(_ text: String) -> String {
        // A Character may be one of these with combining marks, so the scalars count.
        let scalars = text.unicodeScalars
        let isPlain = scalars.allSatisfy {
            $0.isHarmful || !$0.properties.isWhitespace && !"\"=\\".unicodeScalars.contains($0)
        }
        if isPlain, !scalars.isEmpty { return escaped(text) }
        return "\"" + scalars.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : escaped(String($0)) }.joined() + "\""
    }

    static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { $0.isHarmful ? String(format: "\\u{%x}", $0.value) : String($0) }.joined()
    }
}

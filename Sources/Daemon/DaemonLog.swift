import Foundation
import Logging

/// Log lines on standard error: text when a person reads it, JSON otherwise, a line each.
///
/// Values never end a line early or reach a terminal raw: control characters are escaped in both forms.
package struct DaemonLog: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level = .info
    private let label: String
    private let isJSON: Bool

    package init(label: String, isJSON: Bool = isatty(STDERR_FILENO) == 0) {
        self.label = label
        self.isJSON = isJSON
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { _, new in new }
            .map { ($0, "\($1)") }.sorted { $0.0 < $1.0 }
        let line = isJSON ? json(event, fields) : text(event, fields)
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }

    private func json(_ event: LogEvent, _ fields: [(String, String)]) -> String {
        var object = [
            ("time", Self.now), ("level", event.level.rawValue), ("program", label),
            ("message", "\(event.message)"),
        ]
        object += fields
        return "{" + object.map { "\(Self.quoted($0)):\(Self.quoted($1))" }.joined(separator: ",") + "}"
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

    private func text(_ event: LogEvent, _ fields: [(String, String)]) -> String {
        let level = event.level >= .warning ? "\(event.level.rawValue): " : ""
        let tail = fields.map { " \($0)=\(Self.escaped($1))" }.joined()
        return "\(label): \(level)\(Self.escaped("\(event.message)"))\(tail)"
    }

    /// A JSON string.
    static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            default: isControl(scalar) ? String(format: "\\u%04x", scalar.value) : String(scalar)
            }
        }
        return "\"\(escaped.joined())\""
    }

    static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { isControl($0) ? String(format: "\\u{%x}", $0.value) : String($0) }.joined()
    }

    /// C0, DEL, C1, and the marks that turn the direction of text.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x61C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

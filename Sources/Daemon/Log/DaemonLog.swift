import Foundation
import Link
import Logging

/// Log lines on standard error: text when a person reads it, JSON otherwise, a line each.
///
/// Logging never throws and never waits. Lines that clients or peers can cause any number of times (see
/// ``Logger/logRateLimited(_:_:reason:_:)``) are written once a minute. Of all other lines from `info` on, 100 a minute are
/// written with the same message and the logger's own metadata.
package struct DaemonLog: LogHandler {
    /// Lines a minute with the same message that clients and peers do not cause.
    private static let mostLines = 100

    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level = .info
    private let format: LogFormat
    private let sink: LogSink

    package init(
        label: String, isJSON: Bool = isatty(STDERR_FILENO) == 0, sink: LogSink = .standardError
    ) {
        format = LogFormat(program: label, isJSON: isJSON)
        self.sink = sink
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var own = event.metadata ?? [:]
        let isRateLimited = own.removeValue(forKey: Logger.rateLimitedKey) != nil
        let message = "\(event.message)"
        if event.level >= .info {
            var fields = Self.fields(metadata)
            if isRateLimited, let reason = own["reason"] { fields.append(("reason", "\(reason)")) }
            let cause = LogLimiter.Cause(event.level, message, fields)
            guard sink.admits(cause, most: isRateLimited ? 1 : Self.mostLines, format) else { return }
        }
        let fields = Self.fields(metadata.merging(own) { _, new in new })
        sink.write(format.line(event.level, message, fields), format)
    }

    private static func fields(_ metadata: Logger.Metadata) -> [(String, String)] {
        metadata.map { ($0, "\($1)") }.sorted { $0.0 < $1.0 }
    }
}

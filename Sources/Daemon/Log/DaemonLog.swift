import Foundation
import Link
import Logging

/// A log handler that writes one line for each event to standard error. A line is text if a terminal shows it or
/// systemd's journal takes it, and JSON otherwise.
///
/// Logging never throws and never waits. Clients or peers can cause some lines any number of times (see
/// ``Logger/logRateLimited(_:_:reason:_:)``). Such a line is written once a minute. Any other line from `info` on is
/// written at most 100 times a minute with the same message and the logger's own metadata.
package struct DaemonLog: LogHandler {
    /// The number of lines a minute that are written with the same message, if clients and peers do not cause them.
    private static let mostLines = 100

    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level = .info
    private let format: LogFormat
    private let sink: LogSink

    package init(
        label: String, form: LogForm = .standardError, sink: LogSink = .standardError
    ) {
        format = LogFormat(program: label, form: form)
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

import Logging

extension Logger {
    /// The key that marks a line which clients or peers can cause as often as they like. The daemon's log removes it.
    package static let sparingKey = "sparing"

    /// Logs a line that clients or peers can cause as often as they like. The daemon's log writes one line a minute for
    /// each message and reason, and how many more there were.
    ///
    /// `metadata`: what is told of the line that is written, beside the reason.
    package func logSparingly(_ level: Level, _ message: Message, reason: String, _ metadata: Metadata = [:]) {
        var metadata = metadata
        metadata["reason"] = "\(reason)"
        metadata[Self.sparingKey] = "yes"
        log(level: level, message, metadata: metadata)
    }
}

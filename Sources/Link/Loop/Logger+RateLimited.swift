import Logging

extension Logger {
    /// The key that marks a line which clients or peers can cause any number of times. The daemon's log removes it.
    package static let rateLimitedKey = "sparing"

    /// Logs a line that clients or peers can cause any number of times. For each message and reason, the daemon's log
    /// writes one line a minute, and the number of the others.
    ///
    /// `metadata`: further fields of the line that is written.
    package func logRateLimited(_ level: Level, _ message: Message, reason: String, _ metadata: Metadata = [:]) {
        var metadata = metadata
        metadata["reason"] = "\(reason)"
        metadata[Self.rateLimitedKey] = "yes"
        log(level: level, message, metadata: metadata)
    }
}

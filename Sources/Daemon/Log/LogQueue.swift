import Logging
import POSIX

/// The lines that wait to be written, and the counts of the lines that will not be. It does no I/O.
struct LogQueue {
    private let bounds: LogSink.Bounds
    private var limiter = LogLimiter()
    private var waiting: [[UInt8]] = []
    /// The size of the lines that wait or are being written.
    private(set) var unwritten = (lines: 0, bytes: 0)
    private var isDropping = false
    /// Whether the writing thread waits for a line.
    private var isIdle = false
    private var isEnding = false
    /// The number of dropped lines that no line has reported yet.
    private(set) var untold = 0
    /// The reason why the last write failed; nil if none has failed since the last line that reported a reason.
    private var reason: String?
    /// The format of the lines that report dropped lines: the first format that was used.
    private var format: LogFormat?
    private(set) var dropped = 0
    private(set) var leftOut = 0

    init(bounds: LogSink.Bounds) {
        self.bounds = bounds
    }

    mutating func admits(
        _ cause: LogLimiter.Cause, most: Int, _ format: LogFormat, at now: ContinuousClock.Instant
    ) -> Bool {
        if self.format == nil { self.format = format }
        tellLeftOut(limiter.ended(at: now))
        guard limiter.admits(cause, most: most, at: now) else {
            leftOut += 1
            return false
        }
        return true
    }

    /// Adds a line, or drops it if the bounds are reached. Returns whether the caller must wake the writing thread.
    mutating func add(_ line: [UInt8], _ format: LogFormat) -> Bool {
        if self.format == nil { self.format = format }
        if unwritten.lines >= bounds.lines || unwritten.bytes + line.count > bounds.bytes { isDropping = true }
        guard !isDropping else {
            (untold, dropped) = (untold + 1, dropped + 1)
            return false
        }
        append(line)
        defer { isIdle = false }
        return isIdle
    }

    /// Takes the waiting lines. Also returns whether the process ends, and when the next minute ends whose left-out
    /// lines may have to be reported.
    mutating func take(
        at now: ContinuousClock.Instant
    ) -> (lines: [[UInt8]], isEnding: Bool, nextEnd: ContinuousClock.Instant?) {
        tellLeftOut(isEnding ? limiter.end() : limiter.ended(at: now))
        if unwritten.lines == 0 { isDropping = false }
        if waiting.isEmpty { tellDropped() }
        isIdle = waiting.isEmpty
        defer { waiting = [] }
        return (waiting, isEnding, limiter.nextEnd)
    }

    mutating func wrote(_ line: [UInt8]) {
        unwritten.lines -= 1
        unwritten.bytes -= line.count
    }

    mutating func failed(_ error: Int32) { reason = SystemError.phrase(error) }

    mutating func end() { isEnding = true }

    private mutating func append(_ line: [UInt8]) {
        waiting.append(line)
        unwritten.lines += 1
        unwritten.bytes += line.count
    }

    private mutating func tellDropped() {
        guard untold > 0, let format else { return }
        let reason = reason ?? "not read fast enough"
        append(format.line(.warning, "the log dropped lines", [("lines", "\(untold)"), ("reason", reason)]))
        (untold, self.reason) = (0, nil)
    }

    private mutating func tellLeftOut(_ ended: [(cause: LogLimiter.Cause, leftOut: Int)]) {
        guard let format else { return }
        for (cause, count) in ended where !isDropping {
            append(
                format.line(
                    cause.level, "the log left out lines of the same cause",
                    [("lines", "\(count)"), ("line", cause.message)] + cause.pairs))
        }
    }
}

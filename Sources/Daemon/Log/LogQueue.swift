import Logging
import POSIX

/// The lines that wait to be written, and what is to be told of those that are not. It has no I/O.
struct LogQueue {
    private let bounds: LogSink.Bounds
    private var limiter = LogLimiter()
    private var waiting: [[UInt8]] = []
    /// The size of the lines that wait and of those that are being written.
    private(set) var unwritten = (lines: 0, octets: 0)
    private var isDropping = false
    /// Whether the thread that writes waits for a line.
    private var isIdle = false
    private var isEnding = false
    /// Lines that were dropped and not told of.
    private(set) var untold = 0
    /// Why the last write failed, since the last line that told of it.
    private var reason: String?
    /// The format of the lines that say how many were dropped: the first format that was used.
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

    /// Returns whether the thread that writes is to be woken.
    mutating func add(_ line: [UInt8], _ format: LogFormat) -> Bool {
        if self.format == nil { self.format = format }
        if unwritten.lines >= bounds.lines || unwritten.octets + line.count > bounds.octets { isDropping = true }
        guard !isDropping else {
            (untold, dropped) = (untold + 1, dropped + 1)
            return false
        }
        append(line)
        defer { isIdle = false }
        return isIdle
    }

    /// The lines that wait; and where there are none, whether the process ends, and when there will be something to tell.
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
        unwritten.octets -= line.count
    }

    mutating func failed(_ error: Int32) { reason = SystemError.phrase(error) }

    mutating func end() { isEnding = true }

    private mutating func append(_ line: [UInt8]) {
        waiting.append(line)
        unwritten.lines += 1
        unwritten.octets += line.count
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

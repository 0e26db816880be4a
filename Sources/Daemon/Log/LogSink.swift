import Dispatch
import Foundation
import Glibc
import Logging
import Synchronization
import Telemetry

/// Writes the log's lines to a descriptor, on a thread of its own. No other thread ever waits for the reader of the
/// log, and none sees an error of the descriptor. A line that cannot be written is tried again.
///
/// The lines that wait are bounded. A line that finds no room is dropped, and so are all later lines until the
/// waiting lines are written. Then one line reports how many were dropped. Each line is one write, which is continued
/// if it was cut short.
package final class LogSink: Sendable {
    /// The bounds of the lines that may wait to be written.
    struct Bounds {
        var lines = 10_000
        var bytes = 1 << 20
    }

    package static let standardError = LogSink(STDERR_FILENO)

    /// The time that the end of the process waits for the remaining lines.
    private static let patienceAtEnd = DispatchTimeInterval.seconds(2)
    /// The time after a failure until the same line is tried again.
    private static let pause = DispatchTimeInterval.milliseconds(500)

    private let descriptor: Int32
    private let state: Mutex<LogQueue>
    private let isStarted = Atomic(false)
    /// A semaphore that is signalled when lines may have to be written.
    private let work = DispatchSemaphore(value: 0)
    /// A semaphore that is signalled when the end of the process waits for the remaining lines.
    private let ending = DispatchSemaphore(value: 0)
    /// A semaphore that the thread signals after the last line, before the process ends.
    private let written = DispatchSemaphore(value: 0)

    init(_ descriptor: Int32, bounds: Bounds = Bounds()) {
        self.descriptor = descriptor
        state = Mutex(LogQueue(bounds: bounds))
    }

    /// The number of lines that were not written since the process started, by cause. A line is `full` if there was
    /// no room for it, and `repeated` if enough lines with the same cause were written in that minute.
    package var lost: [Sample] {
        zip(["full", "repeated"], lostCounts).map { Sample([$0], Double($1)) }
    }

    /// The same numbers without their labels.
    var lostCounts: [Int] { state.withLock { [$0.dropped, $0.leftOut] } }

    /// The number of lines that wait or are being written.
    var unwrittenLines: Int { state.withLock { $0.unwritten.lines } }

    /// Whether lines were dropped that no line has reported yet.
    var hasUntold: Bool { state.withLock { $0.untold > 0 } }

    func admits(_ cause: LogLimiter.Cause, most: Int, _ format: LogFormat) -> Bool {
        state.withLock { $0.admits(cause, most: most, format, at: .now) }
    }

    /// Hands a line to the writing thread, and never waits. The sink uses `format` for the lines that report what it
    /// did not write.
    func write(_ line: [UInt8], _ format: LogFormat) {
        if state.withLock({ $0.add(line, format) }) { work.signal() }
        guard isStarted.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else { return }
        if descriptor == STDERR_FILENO { atexit { LogSink.standardError.finish() } }
        Thread.detachNewThread { self.run() }
    }

    /// Waits until the logged lines are written, but no longer than `patienceAtEnd`. It may be called once, at the
    /// end of the process.
    func finish() {
        guard isStarted.load(ordering: .relaxed) else { return }
        state.withLock { $0.end() }
        ending.signal()
        work.signal()
        _ = written.wait(timeout: .now() + Self.patienceAtEnd)
    }

    // MARK: - The thread

    private func run() {
        defer { written.signal() }
        while true {
            let (lines, isEnding, nextEnd) = state.withLock { $0.take(at: .now) }
            for line in lines {
                guard write(line) else { return }
                state.withLock { $0.wrote(line) }
            }
            guard lines.isEmpty else { continue }
            if isEnding { return }
            wait(until: nextEnd)
        }
    }

    private func wait(until end: ContinuousClock.Instant?) {
        guard let end else { return work.wait() }
        let nanoseconds = max(0, (end - .now) / .nanoseconds(1))
        _ = work.wait(timeout: .now() + .nanoseconds(Int(nanoseconds)))
    }

    /// Tries until the line is written. Returns false if it cannot be written and the process ends.
    private func write(_ line: [UInt8]) -> Bool {
        var rest = line[...]
        var isLast = false
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count == 0 || errno != EINTR {
                guard !isLast else { return false }
                isLast = isEndingAfterPause(count == 0 ? EIO : errno)
            }
        }
        return true
    }

    /// Waits after a failure, for a while or until the process ends. Returns whether the process ends.
    private func isEndingAfterPause(_ error: Int32) -> Bool {
        state.withLock { $0.failed(error) }
        if error == EAGAIN {
            var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            if poll(&state, 1, 500) == 1, state.revents == Int16(POLLOUT) { return false }
        }
        let isEnding = ending.wait(timeout: .now() + Self.pause) == .success
        // The signal is kept for the lines after this one.
        if isEnding { ending.signal() }
        return isEnding
    }
}

import Dispatch
import Foundation
import Glibc
import Logging
import Synchronization
import Telemetry

/// Writes the log's lines to a descriptor, on a thread of its own. Nobody else ever waits for the reader of the log, and
/// an error of the descriptor is nobody's: what cannot be written is tried again.
///
/// Lines that wait are bounded. One that finds no room is dropped, and so are all that come until the lines that wait are
/// written; then a line tells how many were dropped. Each line is one write, which is continued if it was cut short.
package final class LogSink: Sendable {
    /// The bounds of the lines that may wait to be written.
    struct Bounds {
        var lines = 10_000
        var octets = 1 << 20
    }

    package static let standardError = LogSink(STDERR_FILENO)

    /// How long the end of the process waits for the lines that are left.
    private static let patienceAtEnd = DispatchTimeInterval.seconds(2)
    /// How long after a failure the same line is tried again.
    private static let pause = DispatchTimeInterval.milliseconds(500)

    private let descriptor: Int32
    private let state: Mutex<LogQueue>
    private let isStarted = Atomic(false)
    /// Signalled when there is something to write.
    private let work = DispatchSemaphore(value: 0)
    /// Signalled when the end of the process waits, and by the thread when all is written then.
    private let ending = DispatchSemaphore(value: 0)
    private let written = DispatchSemaphore(value: 0)

    init(_ descriptor: Int32, bounds: Bounds = Bounds()) {
        self.descriptor = descriptor
        state = Mutex(LogQueue(bounds: bounds))
    }

    /// Lines that were not written since the process started, by cause: there was no room for them, or there were others
    /// with the same cause in that minute.
    package var lost: [Sample] {
        zip(["full", "repeated"], lostCounts).map { Sample([$0], Double($1)) }
    }

    /// The same numbers alone.
    var lostCounts: [Int] { state.withLock { [$0.dropped, $0.leftOut] } }

    /// Lines that wait or are being written.
    var unwrittenLines: Int { state.withLock { $0.unwritten.lines } }

    /// Whether lines were dropped and nothing has told of it yet.
    var hasUntold: Bool { state.withLock { $0.untold > 0 } }

    func admits(_ cause: LogLimiter.Cause, most: Int, _ format: LogFormat) -> Bool {
        state.withLock { $0.admits(cause, most: most, format, at: .now) }
    }

    /// Never waits. `format`: that of the lines by which the sink tells what it did not write.
    func write(_ line: [UInt8], _ format: LogFormat) {
        if state.withLock({ $0.add(line, format) }) { work.signal() }
        guard isStarted.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else { return }
        if descriptor == STDERR_FILENO { atexit { LogSink.standardError.finish() } }
        Thread.detachNewThread { self.run() }
    }

    /// Waits until what was logged is written, but not for long. To be called once, at the end.
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

    /// Tries until the line is written. False when it cannot be, and the process ends.
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

    /// Waits after a failure, for a while or until the process ends. Returns whether it does.
    private func isEndingAfterPause(_ error: Int32) -> Bool {
        state.withLock { $0.failed(error) }
        if error == EAGAIN {
            var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            if poll(&state, 1, 500) == 1, state.revents == Int16(POLLOUT) { return false }
        }
        let isEnding = ending.wait(timeout: .now() + Self.pause) == .success
        // The signal is kept for the lines that come after this one.
        if isEnding { ending.signal() }
        return isEnding
    }
}

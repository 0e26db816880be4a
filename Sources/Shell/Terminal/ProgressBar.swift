/// A progress bar on the terminal. It appears when a transfer takes longer than `delay`, and disappears at the end.
final class ProgressBar {
    private static let delay = Duration.milliseconds(300)
    private static let interval = Duration.milliseconds(100)

    private let total: Int
    private let start = ContinuousClock.now
    private var nextUpdate: ContinuousClock.Instant
    private var isShown = false

    /// - Parameter total: the size of the transfer, in bytes.
    init(of total: Int) {
        self.total = total
        nextUpdate = start + Self.delay
    }

    /// Shows that `done` bytes are transferred, unless the bar was updated a moment ago.
    func show(_ done: Int) {
        let now = ContinuousClock.now
        guard now >= nextUpdate, Terminal.canMoveCursor else { return }
        nextUpdate = now + Self.interval
        isShown = true
        let progress = ProgressLine(done: done, total: total, seconds: start.duration(to: now) / .seconds(1))
        // Two columns stay free for the ^C that the terminal writes, so that the line does not wrap.
        Output.writeMessage("\r\(progress.text(columns: Terminal.size.columns - 2))\u{1b}[K", terminator: "")
    }

    func end() {
        if isShown { Output.writeMessage("\r\u{1b}[K", terminator: "") }
    }
}

@preconcurrency import CReadline
import Glibc
import POSIX

/// The hint after the cursor. Readline does not know of it: the hint is drawn after each redisplay, and erased before
/// readline reads the next key.
enum HintLine {
    nonisolated(unsafe) private static var isShown = false

    /// The states of readline in which no hint is shown: a search or a completion is active, or input is pending.
    private static let busy = UInt(
        RL_STATE_ISEARCH | RL_STATE_NSEARCH | RL_STATE_SEARCH | RL_STATE_COMPLETING | RL_STATE_INPUTPENDING)

    static func prepare() {
        guard Terminal.canMoveCursor else { return }
        rl_redisplay_function = draw
        rl_getc_function = nextKey
        rl_catch_sigwinch = 0
        guard sizeChanges.write >= 0 else { return }
        signal(SIGWINCH) { _ in _ = write(HintLine.sizeChanges.write, "w", 1) }
    }

    private static let draw: @convention(c) () -> Void = {
        rl_redisplay()
        show()
        fflush(rl_outstream)
    }

    private static func show() {
        guard rl_point == rl_end, rl_readline_state & busy == 0, let assistant = LineEditor.assistant else { return }
        let hint = assistant.hint(for: LineEditor.typed)
        guard !hint.isEmpty else { return }
        let columns = Terminal.size.columns
        let room = columns - 1 - CursorPosition.current.column(in: columns)
        let fitting = DisplayWidth.fitting(hint, columns: room)
        guard !fitting.isEmpty else { return }
        fputs("\u{1b}[2m\(fitting)\u{1b}[0m\u{1b}[\(DisplayWidth.of(fitting))D", rl_outstream)
        isShown = true
    }

    private static func erase() {
        guard isShown else { return }
        isShown = false
        // The rows below the line are empty.
        fputs("\u{1b}[J", rl_outstream)
        fflush(rl_outstream)
    }

    // MARK: - Keys and window sizes

    private static let nextKey: @convention(c) (UnsafeMutablePointer<FILE>?) -> Int32 = { stream in
        waitForKey()
        let key = rl_getc(stream)
        erase()
        return key
    }

    /// A pipe that gets a byte for each new size of the window, whichever thread receives the signal.
    private static let sizeChanges: (read: Int32, write: Int32) =
        (try? PipeEnds(blocks: false)).map { ($0.read, $0.write) } ?? (-1, -1)

    private static func waitForKey() {
        let wanted = Int16(POLLIN)
        var inputs = [
            pollfd(fd: fileno(rl_instream), events: wanted, revents: 0),
            pollfd(fd: sizeChanges.read, events: wanted, revents: 0),
        ]
        while true {
            let count = poll(&inputs, nfds_t(inputs.count), -1)
            // Readline handles other signals, such as SIGTERM and SIGTSTP, in this call.
            if count < 0, errno == EINTR { rl_check_signals() } else if count < 0 { return }
            if count > 0, inputs[1].revents != 0 { redraw() }
            if count > 0, inputs[0].revents != 0 { return }
        }
    }

    private static func redraw() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(sizeChanges.read, &bytes, bytes.count) > 0 {}
        erase()
        let columns = Terminal.size.columns
        let row = CursorPosition.current.row(in: columns)
        fputs("\r" + (row > 0 ? "\u{1b}[\(row)A" : "") + "\u{1b}[J", rl_outstream)
        fflush(rl_outstream)
        rl_set_screen_size(Int32(Terminal.size.rows), Int32(columns))
        rl_forced_update_display()
    }
}

@preconcurrency import CReadline
import Glibc

/// The hint behind the cursor. Readline does not know of it: it is drawn after each of readline's own drawings, and is
/// gone before readline hears of the next key.
enum HintLine {
    nonisolated(unsafe) private static var isShown = false

    /// States of readline in which what stands on the line is not the line, or another key is at hand already.
    private static let busy = UInt(
        RL_STATE_ISEARCH | RL_STATE_NSEARCH | RL_STATE_SEARCH | RL_STATE_COMPLETING | RL_STATE_INPUTPENDING)

    static func prepare() {
        guard Screen.canMoveCursor else { return }
        rl_redisplay_function = draw
        rl_getc_function = nextKey
        rl_catch_sigwinch = 0
        guard sizes.write >= 0 else { return }
        signal(SIGWINCH) { _ in _ = write(HintLine.sizes.write, "w", 1) }
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
        let columns = Screen.size.columns
        let room = columns - 1 - Place.current.column(in: columns)
        let fitting = DisplayWidth.fitting(hint, columns: room)
        guard !fitting.isEmpty else { return }
        fputs("\u{1b}[2m\(fitting)\u{1b}[0m\u{1b}[\(DisplayWidth.of(fitting))D", rl_outstream)
        isShown = true
    }

    private static func erase() {
        guard isShown else { return }
        isShown = false
        // Below the line there is nothing else.
        fputs("\u{1b}[J", rl_outstream)
        fflush(rl_outstream)
    }

    // MARK: - Keys, and new sizes

    private static let nextKey: @convention(c) (UnsafeMutablePointer<FILE>?) -> Int32 = { stream in
        waitForKey()
        let key = rl_getc(stream)
        erase()
        return key
    }

    /// A pipe into which each new size of the window puts an octet, whichever thread has got the signal.
    private static let sizes = Files.pipe(blocks: false) ?? (-1, -1)

    private static func waitForKey() {
        let wanted = Int16(POLLIN)
        var inputs = [
            pollfd(fd: fileno(rl_instream), events: wanted, revents: 0),
            pollfd(fd: sizes.read, events: wanted, revents: 0),
        ]
        while true {
            let count = poll(&inputs, nfds_t(inputs.count), -1)
            // What readline does about other signals, to end or to stop, it does here.
            if count < 0, errno == EINTR { rl_check_signals() } else if count < 0 { return }
            if count > 0, inputs[1].revents != 0 { redraw() }
            if count > 0, inputs[0].revents != 0 { return }
        }
    }

    private static func redraw() {
        var octets = [UInt8](repeating: 0, count: 64)
        while read(sizes.read, &octets, octets.count) > 0 {}
        erase()
        let columns = Screen.size.columns
        let row = Place.current.row(in: columns)
        fputs("\r" + (row > 0 ? "\u{1b}[\(row)A" : "") + "\u{1b}[J", rl_outstream)
        fflush(rl_outstream)
        rl_set_screen_size(Int32(Screen.size.rows), Int32(columns))
        rl_forced_update_display()
    }
}

/// Where the cursor stands: columns behind the beginning of the prompt, were the line endless.
struct Place {
    let columns: Int

    static var current: Place {
        let prompt = rl_display_prompt.map { String(cString: $0) } ?? ""
        let before = LineEditor.typed.prefix(Int(rl_point))
        return Place(columns: DisplayWidth.of(prompt) + DisplayWidth.of(String(decoding: before, as: UTF8.self)))
    }

    func column(in columns: Int) -> Int { self.columns % columns }
    func row(in columns: Int) -> Int { self.columns / columns }
}

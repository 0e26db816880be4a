import Glibc

/// The terminal without signals and, for secrets, without echo. Its settings are restored afterwards, also when a
/// signal ends or stops the program.
enum RawTerminal {
    /// The settings before the prompt and during it, which the signal handlers read too.
    nonisolated(unsafe) private static var saved = termios()
    nonisolated(unsafe) private static var raw = termios()
    /// The text that is shown when the prompt begins, as the signal handlers show it again.
    nonisolated(unsafe) private static var shownPrompt: [UInt8] = []
    private static let terminating = [SIGTERM, SIGHUP, SIGQUIT, SIGINT]
    private static let stopping = [SIGTSTP, SIGTTIN, SIGTTOU]

    /// The control sequences by which a terminal says where a paste begins and ends, and no longer says so.
    private static let (pasteOn, pasteOff) = ("\u{1b}[?2004h", "\u{1b}[?2004l")

    /// Reads a line after a prompt. Returns nil if the user cancels it or the terminal is gone.
    static func readLine(_ prompt: String, isHidden: Bool = true) -> [UInt8]? {
        guard isAvailable, tcgetattr(input, &saved) == 0 else { return nil }
        let marksPastes = isHidden && Terminal.canMoveCursor
        raw = Self.settings(isHidden: isHidden)
        shownPrompt = Array((prompt + (marksPastes ? pasteOn : "")).utf8)
        let handlers = [
            SignalHandlers(terminating, restoreAndTerminate), SignalHandlers(stopping, restoreAndStop),
        ]
        defer {
            tcsetattr(input, TCSADRAIN, &saved)
            for each in handlers { each.restore() }
            if isHidden { show(Array((marksPastes ? pasteOff : "").utf8) + [UInt8(ascii: "\n")]) }
        }
        begin()
        return readTypedLine()
    }

    private static func begin() {
        tcsetattr(input, TCSADRAIN, &raw)
        show(shownPrompt)
    }

    /// Writes a text to the terminal, even if standard error is a file.
    private static func show(_ text: [UInt8]) {
        FileIO.write(text, to: Terminal.isStandardError ? STDERR_FILENO : input)
    }

    private static func settings(isHidden: Bool) -> termios {
        var raw = saved
        raw.c_lflag &= ~tcflag_t(isHidden ? ECHO | ICANON | ISIG : ISIG)
        withUnsafeMutableBytes(of: &raw.c_cc) { keys in
            // A terminal in canonical mode passes whole lines on. As VEOL, Ctrl-C ends a line and becomes a part of it.
            // The hidden mode sees each key, so a read waits for one byte.
            if isHidden {
                (keys[Int(VMIN)], keys[Int(VTIME)]) = (1, 0)
            } else {
                keys[Int(VEOL)] = HiddenLineBuffer.interrupt
            }
        }
        return raw
    }

    private static func readTypedLine() -> [UInt8]? {
        var line = HiddenLineBuffer()
        while true {
            var byte: UInt8 = 0
            let count = read(input, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return nil }
            switch line.take(byte) {
            case .incomplete: continue
            case .complete where line.hasSeveralLines:
                show(Array("\nThe paste has several lines, and one is expected.\n".utf8) + shownPrompt)
                line = HiddenLineBuffer()
            case .complete: return line.bytes
            case .cancelled: return nil
            case .suspended: raise(SIGTSTP)
            }
        }
    }

    /// The terminal: standard input if it is one, and otherwise the terminal from which the program was started. -1 if
    /// there is none.
    static let input: Int32 =
        Terminal.isStandardInput ? STDIN_FILENO : open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)

    /// Whether the user can be asked.
    static var isAvailable: Bool { input >= 0 && isatty(input) == 1 }

    private static let restoreAndTerminate: @convention(c) (Int32) -> Void = { number in
        tcsetattr(input, TCSANOW, &saved)
        signal(number, SIG_DFL)
        raise(number)
    }

    /// Stops the program with the settings that the terminal had, and begins the prompt again when it continues.
    private static let restoreAndStop: @convention(c) (Int32) -> Void = { number in
        let error = errno
        // A process in the background leaves the terminal alone, because it belongs to another program.
        if tcgetpgrp(input) == getpgrp() { tcsetattr(input, TCSANOW, &saved) }
        let handler = signal(number, SIG_DFL)
        var blocked = sigset_t()
        sigemptyset(&blocked)
        sigaddset(&blocked, number)
        raise(number)
        // The signal is blocked inside its handler. Here the program stops, until SIGCONT.
        pthread_sigmask(SIG_UNBLOCK, &blocked, nil)
        pthread_sigmask(SIG_BLOCK, &blocked, nil)
        signal(number, handler)
        begin()
        errno = error
    }
}

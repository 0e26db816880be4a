import Glibc

/// The terminal without signals and, for secrets, without echo. Its settings are restored afterwards, also when a
/// signal ends the program.
enum RawTerminal {
    /// The settings before the prompt, which the signal handler reads too.
    nonisolated(unsafe) private static var saved = termios()
    private static let terminating = [SIGTERM, SIGHUP, SIGQUIT, SIGINT]

    /// Reads a line after a prompt. Returns nil if the user cancels it or the terminal is gone.
    static func readLine(_ prompt: String, isHidden: Bool = true) -> [UInt8]? {
        guard isAvailable, tcgetattr(input, &saved) == 0 else { return nil }
        let handlers = terminating.map { signal($0, restoreAndTerminate) }
        defer {
            tcsetattr(input, TCSADRAIN, &saved)
            for (number, handler) in zip(terminating, handlers) { signal(number, handler) }
            if isHidden { show("\n") }
        }
        setRaw(isHidden: isHidden)
        show(prompt)
        return readTypedLine {
            tcsetattr(input, TCSADRAIN, &saved)
            raise(SIGTSTP)
            // The program runs again.
            setRaw(isHidden: isHidden)
            show(prompt)
        }
    }

    /// Writes a text to the terminal, even if standard error is a file.
    private static func show(_ text: String) {
        FileIO.write(text.utf8, to: Terminal.isStandardError ? STDERR_FILENO : input)
    }

    private static func setRaw(isHidden: Bool) {
        var raw = saved
        raw.c_lflag &= ~tcflag_t(isHidden ? ECHO | ICANON | ISIG : ISIG)
        // A terminal in canonical mode passes whole lines on. As VEOL, Ctrl-C ends a line and becomes a part of it.
        if !isHidden { withUnsafeMutableBytes(of: &raw.c_cc) { $0[Int(VEOL)] = HiddenLineBuffer.interrupt } }
        tcsetattr(input, TCSADRAIN, &raw)
    }

    private static func readTypedLine(suspend: () -> Void) -> [UInt8]? {
        var line = HiddenLineBuffer()
        while true {
            var byte: UInt8 = 0
            let count = read(input, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return nil }
            switch line.take(byte) {
            case .incomplete: continue
            case .complete: return line.bytes
            case .cancelled: return nil
            case .suspended: suspend()
            }
        }
    }

    /// The terminal: standard input if it is one, and otherwise the terminal from which the program was started. -1 if
    /// there is none.
    private static let input: Int32 =
        Terminal.isStandardInput ? STDIN_FILENO : open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)

    /// Whether the user can be asked.
    static var isAvailable: Bool { input >= 0 && isatty(input) == 1 }

    private static let restoreAndTerminate: @convention(c) (Int32) -> Void = { number in
        tcsetattr(input, TCSANOW, &saved)
        signal(number, SIG_DFL)
        raise(number)
    }
}

import Glibc

/// The terminal without signals and, for secrets, without echo. Its settings are restored afterwards, also when a
/// signal ends the program.
enum RawTerminal {
    /// The settings before the prompt, which the signal handler reads too.
    nonisolated(unsafe) private static var saved = termios()
    private static let terminating = [SIGTERM, SIGHUP, SIGQUIT, SIGINT]

    /// Reads a line after a prompt. Returns nil if the user cancels it or the terminal is gone.
    static func readLine(_ prompt: String, isHidden: Bool = true) -> [UInt8]? {
        guard tcgetattr(STDIN_FILENO, &saved) == 0 else { return nil }
        let handlers = terminating.map { signal($0, restoreAndTerminate) }
        defer {
            tcsetattr(STDIN_FILENO, TCSADRAIN, &saved)
            for (number, handler) in zip(terminating, handlers) { signal(number, handler) }
            if isHidden { Output.writeMessage("") }
        }
        var raw = saved
        raw.c_lflag &= ~tcflag_t(isHidden ? ECHO | ICANON | ISIG : ISIG)
        // A terminal in canonical mode passes whole lines on. As VEOL, Ctrl-C ends a line and becomes a part of it.
        if !isHidden { withUnsafeMutableBytes(of: &raw.c_cc) { $0[Int(VEOL)] = HiddenLineBuffer.interrupt } }
        tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
        Output.writeMessage(prompt, terminator: "")
        return readTypedLine()
    }

    private static func readTypedLine() -> [UInt8]? {
        var line = HiddenLineBuffer()
        while true {
            var byte: UInt8 = 0
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return nil }
            switch line.take(byte) {
            case .incomplete: continue
            case .complete: return line.bytes
            case .cancelled: return nil
            }
        }
    }

    private static let restoreAndTerminate: @convention(c) (Int32) -> Void = { number in
        tcsetattr(STDIN_FILENO, TCSANOW, &saved)
        signal(number, SIG_DFL)
        raise(number)
    }
}

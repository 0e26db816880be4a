import Glibc

/// The terminal of the program's standard streams.
enum Terminal {
    /// Whether standard input is a terminal.
    static var isStandardInput: Bool { isatty(STDIN_FILENO) == 1 }
    /// Whether standard output is a terminal.
    static var isStandardOutput: Bool { isatty(STDOUT_FILENO) == 1 }
    /// Whether standard error is a terminal.
    static var isStandardError: Bool { isatty(STDERR_FILENO) == 1 }

    /// Whether standard error is a terminal whose cursor can be moved.
    static let canMoveCursor = isStandardError && ![nil, "dumb"].contains(Environment.variable("TERM"))

    /// Whether text on standard error may have colours. `NO_COLOR` turns them off (https://no-color.org).
    static let hasColour = canMoveCursor && (Environment.variable("NO_COLOR") ?? "").isEmpty

    /// The number of columns and rows of the terminal on standard error, or 80 and 24 if it is unknown.
    static var size: (columns: Int, rows: Int) { size(of: STDERR_FILENO) }

    /// Returns the number of columns and rows of a terminal, or 80 and 24 if it is unknown.
    static func size(of descriptor: Int32) -> (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}

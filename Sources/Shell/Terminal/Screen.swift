import Glibc

/// The terminal that the program was started on, as far as it has one.
enum Screen {
    /// Whether somebody types what is read.
    static var isInput: Bool { isatty(STDIN_FILENO) == 1 }
    /// Whether somebody sees the answers.
    static var isOutput: Bool { isatty(STDOUT_FILENO) == 1 }
    /// Whether somebody sees everything else.
    static var isErrors: Bool { isatty(STDERR_FILENO) == 1 }

    /// Whether the cursor of the terminal that standard error is can be moved.
    static let canMoveCursor = isErrors && ![nil, "dumb"].contains(Environment.variable("TERM"))

    /// Whether what is written to standard error may be coloured: the terminal can, and nobody said no
    /// (https://no-color.org).
    static let hasColour = canMoveCursor && (Environment.variable("NO_COLOR") ?? "").isEmpty

    /// Characters across and down, of the terminal that standard error is; 80 and 24 where it does not say.
    static var size: (columns: Int, rows: Int) { size(of: STDERR_FILENO) }

    /// The same of the terminal that a descriptor is.
    static func size(of descriptor: Int32) -> (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}

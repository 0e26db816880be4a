import Glibc
import NIOCore

/// Shows a text that is longer than the screen a screen at a time.
enum Pager {
    /// Writes lines to standard output: through `$CLAVERO_PAGER`, `$PAGER` or less, where they are more than a terminal
    /// shows at once and somebody is there to turn the pages.
    static func show(_ lines: [String]) {
        let text = ByteBuffer(string: lines.map { "\($0)\n" }.joined())
        guard Screen.isInput, Screen.isOutput, rows(of: lines) >= Screen.size.rows, let command, page(text, command)
        else { return Output.write(text) }
    }

    private static func rows(of lines: [String]) -> Int {
        let columns = Screen.size.columns
        return lines.reduce(0) { $0 + max(1, (DisplayWidth.of($1) + columns - 1) / columns) }
    }

    /// The words of the pager's command; nil where there is to be none.
    private static var command: [String]? {
        let wanted = Environment.variable("CLAVERO_PAGER") ?? Environment.variable("PAGER") ?? "less -FRX"
        let words = wanted.split(separator: " ").map(String.init)
        return words.isEmpty || words == ["cat"] ? nil : words
    }

    /// Runs the pager on `text`; false, and nothing is shown, when it cannot be started.
    private static func page(_ text: ByteBuffer, _ command: [String]) -> Bool {
        // What comes from a server must not make the pager run or write anything.
        setenv("LESSSECURE", "1", 1)
        // Ctrl-C is the pager's.
        let interrupt = signal(SIGINT, SIG_IGN)
        defer { signal(SIGINT, interrupt) }
        return ChildProcess.show(text.readableBytesView, by: command)
    }
}

import Glibc
import NIOCore

/// The pager, which shows long texts one screen at a time.
enum Pager {
    /// Writes lines to standard output. If they do not fit on the terminal, a user sees them in `$CLAVERO_PAGER`,
    /// `$PAGER` or less.
    static func show(_ lines: [String]) {
        let text = ByteBuffer(string: lines.map { "\($0)\n" }.joined())
        guard Terminal.isStandardInput, Terminal.isStandardOutput, rows(of: lines) >= Terminal.size.rows, let command,
            run(on: text, command)
        else { return Output.write(text) }
    }

    private static func rows(of lines: [String]) -> Int {
        let columns = Terminal.size.columns
        return lines.reduce(0) { $0 + max(1, (DisplayWidth.of($1) + columns - 1) / columns) }
    }

    /// The words of the pager's command; nil if no pager is wanted.
    private static var command: [String]? {
        let wanted = Environment.variable("CLAVERO_PAGER") ?? Environment.variable("PAGER") ?? "less -FRX"
        let words = wanted.split(separator: " ").map(String.init)
        return words.isEmpty || words == ["cat"] ? nil : words
    }

    /// Runs the pager on `text`. Returns false, and shows nothing, if the pager cannot be started.
    private static func run(on text: ByteBuffer, _ command: [String]) -> Bool {
        // Text from a server must not make the pager run commands or write files.
        setenv("LESSSECURE", "1", 1)
        // Ctrl-C belongs to the pager.
        let handlers = SignalHandlers(ignoring: [SIGINT])
        defer { handlers.restore() }
        return OtherProgram.show(text.readableBytesView, by: command)
    }
}

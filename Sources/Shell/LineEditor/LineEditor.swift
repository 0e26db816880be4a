@preconcurrency import CReadline
@preconcurrency import Glibc
import Synchronization

/// The line editor, GNU readline. Its prompts and its echo go to standard error.
enum LineEditor {
    enum Line {
        case text([UInt8])
        /// The user pressed Ctrl-C.
        case cancelled
        /// The user pressed Ctrl-D on an empty line.
        case endOfInput
    }

    /// The assistant for the current line; nil if the line is free text.
    nonisolated(unsafe) static private(set) var assistant: (any TypingAssistant)?

    /// The lines that are read before the terminal is.
    nonisolated(unsafe) private static var waiting = WaitingLines()

    private static let isCancelled = Atomic(false)
    private static let interrupt: Int32 = 0x03

    static func prepare() {
        _ = DisplayWidth.knowsUnicode
        rl_readline_name = UnsafePointer(strdup("Clavero"))
        rl_outstream = fdopen(dup(STDERR_FILENO), "w") ?? stderr
        rl_initialize()
        // Pasted bytes are text: a tab completes nothing, and a line end does not run the line.
        rl_variable_bind("enable-bracketed-paste", Terminal.canMoveCursor ? "on" : "off")
        for name in ["emacs", "vi-insert", "vi-command"] {
            rl_bind_key_in_map(interrupt, cancel, rl_get_keymap_by_name(name))
        }
        rl_prep_term_function = prepareTerminal
        TabCompletion.prepare()
        HintLine.prepare()
    }

    /// Reads a line after a prompt.
    ///
    /// - Parameter assistant: the source of completions and hints; nil if the line is free text.
    static func readLine(_ prompt: String, _ assistant: (any TypingAssistant)? = nil) -> Line {
        if let line = waiting.next() {
            let shown = assistant?.masked(line) ?? String(decoding: line, as: UTF8.self)
            Output.writeMessage(prompt + TerminalText.escaped(shown))
            return .text(line)
        }
        isCancelled.store(false, ordering: .relaxed)
        self.assistant = assistant
        defer { self.assistant = nil }
        // In free text, the Tab key inserts a tab.
        rl_inhibit_completion = assistant == nil ? 1 : 0
        guard let text = readline(prompt) else { return .endOfInput }
        defer { free(text) }
        if isCancelled.load(ordering: .relaxed) { return .cancelled }
        let bytes = UnsafeBufferPointer(start: text, count: strlen(text)).map { UInt8(bitPattern: $0) }
        let lines = bytes.lines
        if lines.count > 1 { _ = waiting.add(Array(lines.dropFirst())) }
        return .text(lines.first ?? [])
    }

    /// Makes `readLine` return these lines before it reads from the terminal. Returns false if too many files are read at
    /// the same time.
    static func readNext(_ lines: [[UInt8]]) -> Bool { waiting.add(lines) }

    /// Forgets the lines that would be read before the terminal is. Returns their number.
    @discardableResult
    static func forgetWaitingLines() -> Int {
        defer { waiting.removeAll() }
        return waiting.count
    }

    /// The line that is being typed, as bytes.
    static var typed: [UInt8] {
        UnsafeBufferPointer(start: rl_line_buffer, count: Int(rl_end)).map { UInt8(bitPattern: $0) }
    }

    /// Makes Ctrl-C an ordinary key while a line is edited. As a signal, it could only end the program.
    private static let prepareTerminal: @convention(c) (Int32) -> Void = { meta in
        rl_prep_terminal(meta)
        var terminal = termios()
        guard tcgetattr(STDIN_FILENO, &terminal) == 0 else { return }
        withUnsafeMutableBytes(of: &terminal.c_cc) { $0[Int(VINTR)] = 0 }
        tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal)
    }

    private static let cancel: @convention(c) (Int32, Int32) -> Int32 = { _, _ in
        isCancelled.store(true, ordering: .relaxed)
        rl_point = rl_end
        rl_redisplay()
        fputs("^C", rl_outstream)
        rl_crlf()
        rl_replace_line("", 0)
        rl_done = 1
        return 0
    }
}

extension Collection<UInt8> {
    /// The lines without their line ends. A line end at the end begins no further line.
    var lines: [[UInt8]] {
        var lines = split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Array($0) }
        if lines.count > 1, lines.last == [] { lines.removeLast() }
        return lines
    }
}

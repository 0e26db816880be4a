@preconcurrency import CReadline
@preconcurrency import Glibc
import Synchronization

/// What the line editor knows of the line that is typed: asked at each key.
protocol Assistant: AnyObject {
    /// The dim text behind the cursor, which stands at the end of `line`.
    func hint(for line: [UInt8]) -> String
    /// What may stand at the cursor, which is given in octets.
    func completion(of line: [UInt8], cursor: Int) -> Completion
}

/// GNU readline, at the terminal. Its prompts and what is typed go to standard error.
enum LineEditor {
    enum Line {
        case text([UInt8])
        /// Ctrl-C.
        case dropped
        /// Ctrl-D on an empty line.
        case end
    }

    /// Whoever knows what is typed; nil where it is just text.
    nonisolated(unsafe) static private(set) var assistant: (any Assistant)?

    private static let isDropped = Atomic(false)
    private static let interrupt: Int32 = 0x03

    static func prepare() {
        _ = DisplayWidth.knowsUnicode
        rl_readline_name = UnsafePointer(strdup("Clavero"))
        rl_outstream = fdopen(dup(STDERR_FILENO), "w") ?? stderr
        rl_initialize()
        // A pasted text is so many lines, not one with line ends in it.
        rl_variable_bind("enable-bracketed-paste", "off")
        for name in ["emacs", "vi-insert", "vi-command"] {
            rl_bind_key_in_map(interrupt, drop, rl_get_keymap_by_name(name))
        }
        rl_prep_term_function = prepareTerminal
        TabCompletion.prepare()
        HintLine.prepare()
    }

    /// A line that is typed after `prompt`. `assistant`: who completes it and hints at what is missing.
    static func line(_ prompt: String, _ assistant: (any Assistant)? = nil) -> Line {
        isDropped.store(false, ordering: .relaxed)
        self.assistant = assistant
        defer { self.assistant = nil }
        // In a message a tab is a tab.
        rl_inhibit_completion = assistant == nil ? 1 : 0
        guard let text = readline(prompt) else { return .end }
        defer { free(text) }
        if isDropped.load(ordering: .relaxed) { return .dropped }
        return .text(UnsafeBufferPointer(start: text, count: strlen(text)).map { UInt8(bitPattern: $0) })
    }

    /// The line under the cursor, as octets.
    static var typed: [UInt8] {
        UnsafeBufferPointer(start: rl_line_buffer, count: Int(rl_end)).map { UInt8(bitPattern: $0) }
    }

    /// While a line is edited, Ctrl-C is a key like others: a signal could only end the program.
    private static let prepareTerminal: @convention(c) (Int32) -> Void = { meta in
        rl_prep_terminal(meta)
        var terminal = termios()
        guard tcgetattr(STDIN_FILENO, &terminal) == 0 else { return }
        withUnsafeMutableBytes(of: &terminal.c_cc) { $0[Int(VINTR)] = 0 }
        tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal)
    }

    private static let drop: @convention(c) (Int32, Int32) -> Int32 = { _, _ in
        isDropped.store(true, ordering: .relaxed)
        rl_point = rl_end
        rl_redisplay()
        fputs("^C", rl_outstream)
        rl_crlf()
        rl_replace_line("", 0)
        rl_done = 1
        return 0
    }
}

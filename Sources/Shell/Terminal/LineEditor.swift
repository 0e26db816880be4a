@preconcurrency import CReadline
@preconcurrency import Glibc
import Synchronization

/// GNU readline, at the terminal. Its prompts and what is typed go to standard error.
enum LineEditor {
    enum Line {
        case text([UInt8])
        /// Ctrl-C.
        case dropped
        /// Ctrl-D on an empty line.
        case end
    }

    private static let isDropped = Atomic(false)
    private static let interrupt: Int32 = 0x03
    private static let tab: Int32 = 0x09

    static func prepare() {
        rl_readline_name = UnsafePointer(strdup("Clavero"))
        rl_outstream = stderr
        rl_initialize()
        // A pasted text is so many lines, not one with line ends in it.
        rl_variable_bind("enable-bracketed-paste", "off")
        for name in ["emacs", "vi-insert", "vi-command"] {
            rl_bind_key_in_map(interrupt, drop, rl_get_keymap_by_name(name))
        }
        for name in ["emacs", "vi-insert"] { rl_bind_key_in_map(tab, rl_insert, rl_get_keymap_by_name(name)) }
        rl_prep_term_function = prepareTerminal
    }

    static func line(_ prompt: String) -> Line {
        isDropped.store(false, ordering: .relaxed)
        guard let text = readline(prompt) else { return .end }
        defer { free(text) }
        if isDropped.load(ordering: .relaxed) { return .dropped }
        return .text(UnsafeBufferPointer(start: text, count: strlen(text)).map { UInt8(bitPattern: $0) })
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

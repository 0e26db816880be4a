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
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return false }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // What comes from a server must not make the pager run or write anything.
        setenv("LESSSECURE", "1", 1)
        // Ctrl-C is the pager's.
        let interrupt = signal(SIGINT, SIG_IGN)
        defer { signal(SIGINT, interrupt) }
        let child = start(command, input: ends[0])
        close(ends[0])
        guard let child else {
            close(ends[1])
            return false
        }
        // It ends early when nobody wants to see the rest.
        Output.write(text, to: ends[1])
        close(ends[1])
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return true
    }

    private static func start(_ command: [String], input: Int32) -> pid_t? {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for number in [SIGINT, SIGPIPE] { sigaddset(&defaults, number) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        var words = command.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child = pid_t()
        guard posix_spawnp(&child, words[0]!, &actions, &attributes, &words, environ) == 0 else { return nil }
        return child
    }
}

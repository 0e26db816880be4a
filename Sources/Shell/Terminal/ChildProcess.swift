import Glibc

/// Another program, run to its end.
enum ChildProcess {
    /// Runs a program that is found in PATH, gives it `input`, and what it writes is the result; its errors go where ours
    /// do. nil when it cannot be started or ends with another status than 0.
    static func output(of command: [String], input: some Collection<UInt8>) -> [UInt8]? {
        guard let given = Files.pipe(), let taken = Files.pipe() else { return nil }
        let child = start(command, input: given.read, output: taken.write)
        close(given.read)
        close(taken.write)
        defer { close(taken.read) }
        guard let child else {
            close(given.write)
            return nil
        }
        // What it is given is little enough to lie in the pipe.
        Files.write(input, to: given.write)
        close(given.write)
        let output = Files.read(taken.read)
        return wait(for: child) == 0 ? output : nil
    }

    /// Runs a program on `input`, its output being ours; false when it cannot be started. It may end before it has read
    /// all.
    static func show(_ input: some Collection<UInt8>, by command: [String]) -> Bool {
        guard let given = Files.pipe() else { return false }
        let child = start(command, input: given.read, output: STDOUT_FILENO)
        close(given.read)
        defer { if let child { _ = wait(for: child) } }
        defer { close(given.write) }
        guard child != nil else { return false }
        Files.write(input, to: given.write)
        return true
    }

    /// The exit status; nil when a signal ended it.
    private static func wait(for child: pid_t) -> Int32? {
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { return nil }
        }
        return status & 0x7F == 0 ? status >> 8 & 0xFF : nil
    }

    private static func start(_ command: [String], input: Int32, output: Int32) -> pid_t? {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        // Signals are to do what they do by default, whatever we do with them.
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

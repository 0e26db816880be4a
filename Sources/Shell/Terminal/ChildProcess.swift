import Glibc

/// Another program, which runs until it ends.
enum ChildProcess {
    /// Runs a program from PATH with an input, and returns its output. Returns nil if it cannot be started or fails.
    ///
    /// - Parameter input: a short input, which fits into a pipe.
    static func output(of command: [String], input: some Collection<UInt8>) -> [UInt8]? {
        guard let inputPipe = FileIO.pipe(), let outputPipe = FileIO.pipe() else { return nil }
        let child = start(command, input: inputPipe.read, output: outputPipe.write)
        close(inputPipe.read)
        close(outputPipe.write)
        defer { close(outputPipe.read) }
        guard let child else {
            close(inputPipe.write)
            return nil
        }
        // The input fits into the pipe, so this does not block.
        FileIO.write(input, to: inputPipe.write)
        close(inputPipe.write)
        let output = FileIO.read(outputPipe.read)
        return wait(for: child) == 0 ? output : nil
    }

    /// Runs a program from PATH with an input. Its output goes to standard output, and it may end before it has read
    /// all. Returns false if it cannot be started.
    static func run(_ command: [String], input: some Collection<UInt8>) -> Bool {
        guard let inputPipe = FileIO.pipe() else { return false }
        let child = start(command, input: inputPipe.read, output: STDOUT_FILENO)
        close(inputPipe.read)
        defer { if let child { _ = wait(for: child) } }
        defer { close(inputPipe.write) }
        guard child != nil else { return false }
        FileIO.write(input, to: inputPipe.write)
        return true
    }

    /// Returns the exit status, or nil if a signal ended the program.
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
        // The program gets the default signal handlers.
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

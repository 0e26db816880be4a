import Glibc

/// Programs that run to their end.
enum Tool {
    struct Result {
        let status: Int32
        /// Standard output and standard error.
        let output: String

        var firstLine: String { output.split(separator: "\n").first.map(String.init) ?? "" }
    }

    /// - Parameter program: a path.
    static func run(_ program: String, _ arguments: [String]) throws(LoadError) -> Result {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw .system("pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid = pid_t()
        let error = posix_spawn(&pid, program, &actions, nil, &words, environ)
        close(ends[1])
        guard error == 0 else { throw LoadError("\(program): \(String(cString: strerror(error)))") }
        let output = String(decoding: TextFile.readToEnd(ends[0]), as: UTF8.self)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return Result(status: status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F), output: output)
    }

    /// Where a program is, by PATH and where Debian has daemons.
    static func find(_ name: String, in directories: [String] = []) -> String? {
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let places = directories + path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/local/sbin"]
        return places.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }
}

/// A peer that is not installed.
struct MissingPeer: Error, CustomStringConvertible {
    let name: String
    var description: String { "\(name) is not installed; make bench-peers does that" }
}

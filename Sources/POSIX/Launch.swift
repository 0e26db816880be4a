import CLinux
import Glibc

/// A program that is to run as a process of its own, and the things that the process inherits from this one.
///
/// The process starts with the usual handling of signals: none is blocked, and each has its default effect.
package struct Launch {
    /// The program and its arguments. The program is a path, or a name that is searched in PATH.
    package var words: [String]
    /// The variables as `NAME=value`; nil to use those of this process.
    package var environment: [String]?
    /// The descriptors that become the standard input, the standard output and the standard error of the process.
    package var descriptors: [Int32]
    /// The directory in which the process runs; nil to use that of this process.
    package var directory: String?
    /// Whether the process has a process group of its own, and none of this process's other descriptors.
    package var isApart = false

    package init(_ words: [String], input: Int32, output: Int32, errors: Int32 = STDERR_FILENO) {
        self.words = words
        descriptors = [input, output, errors]
    }

    /// Starts the process and returns its number. The calling thread blocks for a moment.
    ///
    /// - Throws: `SystemError` if the process cannot be started.
    package func start() throws(SystemError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for (number, descriptor) in descriptors.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
        }
        if isApart { posix_spawn_file_actions_addclosefrom_np(&actions, Int32(descriptors.count)) }
        if let directory { posix_spawn_file_actions_addchdir_np(&actions, directory) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (isApart ? POSIX_SPAWN_SETPGROUP : 0)
        posix_spawnattr_setflags(&attributes, Int16(flags))
        return try start(&actions, &attributes)
    }

    private func start(
        _ actions: inout posix_spawn_file_actions_t, _ attributes: inout posix_spawnattr_t
    ) throws(SystemError) -> pid_t {
        var words = words.map { strdup($0) } + [nil]
        var variables = (environment ?? []).map { strdup($0) } + [nil]
        defer { for word in words + variables { free(word) } }
        var pid = pid_t()
        let error =
            environment == nil
            ? posix_spawnp(&pid, words[0]!, &actions, &attributes, &words, environ)
            : posix_spawnp(&pid, words[0]!, &actions, &attributes, &words, &variables)
        guard error == 0 else { throw SystemError(error) }
        return pid
    }
}

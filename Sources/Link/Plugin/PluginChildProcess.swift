import CLinux
import Foundation
import Glibc
import POSIX
import Synchronization

/// The process of a plugin, with its pipes, in a process group of its own.
///
/// It inherits three descriptors and nothing else, whatever the daemon has open. Signals have their default effect in
/// it.
final class PluginChildProcess: Sendable {
    /// The daemon's ends of the pipes. The receiver must close them.
    struct Pipes: Sendable {
        let input: Int32
        let output: Int32
        let errors: Int32
    }

    /// The way in which a process ended.
    struct End: Equatable, Sendable, CustomStringConvertible {
        let description: String

        init(status: Int32) {
            let signal = status & 0x7F
            description = signal == 0 ? "exit status \(status >> 8 & 0xFF)" : "signal \(signal)"
        }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let pid: pid_t
    private let hasEnded = Mutex(false)

    /// Starts the program. It blocks for a moment.
    ///
    /// - Throws: `Failure` if the program cannot be started.
    static func start(_ program: PluginProgram) throws -> (PluginChildProcess, Pipes) {
        let pipes = try [pipe(), pipe(), pipe()]
        defer { for descriptor in [pipes[0].read, pipes[1].write, pipes[2].write] { close(descriptor) } }
        do {
            let pid = try spawn(program, input: pipes[0].read, output: pipes[1].write, errors: pipes[2].write)
            return (PluginChildProcess(pid), Pipes(input: pipes[0].write, output: pipes[1].read, errors: pipes[2].read))
        } catch {
            for descriptor in [pipes[0].write, pipes[1].read, pipes[2].read] { close(descriptor) }
            throw error
        }
    }

    private init(_ pid: pid_t) {
        self.pid = pid
    }

    /// Waits for the process to end, on the caller's thread, and kills the rest of its group. It must be called once.
    func wait() -> End {
        var information = siginfo_t()
        // The process stays a zombie until the lock is held, so that a signal never goes to another process with its
        // number.
        while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        return hasEnded.withLock { hasEnded in
            Glibc.kill(-pid, SIGKILL)
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            hasEnded = true
            return End(status: status)
        }
    }

    /// Kills the process and its group, if it still runs.
    func kill() {
        hasEnded.withLock { hasEnded in
            guard !hasEnded else { return }
            Glibc.kill(-pid, SIGKILL)
        }
    }

    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw Failure(description: SystemError.text()) }
        return (ends[0], ends[1])
    }

    private static func spawn(_ program: PluginProgram, input: Int32, output: Int32, errors: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for (number, descriptor) in [input, output, errors].enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
        }
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        posix_spawn_file_actions_addchdir_np(&actions, program.directory)
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        var words = [strdup(program.path), nil]
        var variables = program.environment(ProcessInfo.processInfo.environment).map { strdup($0) } + [nil]
        defer { for word in words + variables { free(word) } }
        var pid = pid_t()
        let error = posix_spawn(&pid, program.path, &actions, &attributes, &words, &variables)
        guard error == 0 else { throw Failure(description: "\(program.path): \(SystemError.text(error))") }
        return pid
    }
}

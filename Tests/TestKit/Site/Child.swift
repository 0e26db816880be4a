import Foundation
import Glibc
import Synchronization

/// A process that a test has started. It inherits three descriptors and nothing else: neither a signal mask nor a
/// socket of another test, which would stay open as long as it runs.
package final class Child: Sendable {
    package let pid: pid_t
    private let ended = Mutex<Int32?>(nil)

    /// Held while a child starts, and while a descriptor is made that it must not get.
    private static let descriptors = Mutex(())

    /// A pipe whose ends no child inherits: where to read, where to write.
    package static func pipe() -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        keeping {
            _ = Glibc.pipe(&ends)
            return ends
        }
        return (ends[0], ends[1])
    }

    /// Makes descriptors that no child inherits.
    static func keeping(_ make: () -> [Int32]) {
        descriptors.withLock { _ in
            for descriptor in make() { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        }
    }

    /// `environment` is added to the test's own.
    package init(
        _ path: String, _ arguments: [String], environment: [String: String] = [:], input: Int32, output: Int32,
        errors: Int32
    ) throws {
        TestDescriptors.raised
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
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let variables = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        var settings = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for word in words + settings { free(word) } }
        var pid = pid_t()
        let error = Self.descriptors.withLock { _ in posix_spawn(&pid, path, &actions, &attributes, &words, &settings) }
        guard error == 0 else { throw Mismatch("\(path): \(String(cString: strerror(error)))") }
        self.pid = pid
    }

    /// Waits for its end, on the caller's thread: the exit status, or the signal as a negative number. To be called once.
    package func wait() -> Int32 {
        var information = siginfo_t()
        // It stays a zombie until the lock is held, so that a signal never goes to another process of its number.
        while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        return ended.withLock { ended in
            var status: Int32 = 0
            waitpid(pid, &status, 0)
            let value = status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F)
            ended = value
            return value
        }
    }

    /// Nil while it runs.
    package var status: Int32? { ended.withLock { $0 } }

    package func signal(_ number: Int32) {
        ended.withLock { ended in if ended == nil { kill(pid, number) } }
    }
}

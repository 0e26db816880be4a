import Glibc
import Synchronization

/// A process that this process has started.
package final class ChildProcess: Sendable {
    /// The way in which a process ended.
    package enum End: Equatable, Sendable, CustomStringConvertible {
        case exited(Int32)
        case killed(signal: Int32)

        /// Decodes `status`, which has the form that waitpid(2) reports.
        package init(status: Int32) {
            let signal = status & 0x7F
            self = signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal: signal)
        }

        package var description: String {
            switch self {
            case .exited(let status): "exit status \(status)"
            case .killed(let signal): "signal \(signal)"
            }
        }

        /// The exit status, or the signal as a negative number.
        package var code: Int32 {
            switch self {
            case .exited(let status): status
            case .killed(let signal): -signal
            }
        }
    }

    package let pid: pid_t
    /// The target of signals: the process, or its group as a negative number if it has a group of its own.
    private let target: pid_t
    private let ended = Mutex<End?>(nil)

    /// Starts the process. The calling thread blocks for a moment.
    ///
    /// - Throws: `SystemError` if the process cannot be started.
    package init(_ launch: Launch) throws(SystemError) {
        pid = try launch.start()
        target = launch.isApart ? -pid : pid
    }

    /// Waits on the caller's thread until the process ends. If it has a group of its own, the processes that it left
    /// running in that group are killed. This may be called once.
    @discardableResult
    package func wait() -> End {
        var information = siginfo_t()
        // The process stays a zombie until the lock is held, so a signal never goes to another process with the same
        // number.
        while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        return ended.withLock { ended in
            if target != pid { kill(target, SIGKILL) }
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            let end = End(status: status)
            ended = end
            return end
        }
    }

    /// The way in which the process ended; nil until `wait` has returned.
    package var end: End? { ended.withLock { $0 } }

    /// Sends a signal to the process, unless it has ended. If it has a group of its own, the whole group gets the
    /// signal.
    package func signal(_ number: Int32) {
        ended.withLock { ended in if ended == nil { kill(target, number) } }
    }
}

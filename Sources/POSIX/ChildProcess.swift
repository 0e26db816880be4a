import Glibc
import Synchronization

/// A process that this one has started.
package final class ChildProcess: Sendable {
    /// How a process came to its end.
    package enum End: Equatable, Sendable, CustomStringConvertible {
        case exited(Int32)
        case killed(signal: Int32)

        /// `status`: as waitpid(2) reports it.
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
    /// The process, or its group where it has one of its own.
    private let target: pid_t
    private let ended = Mutex<End?>(nil)

    /// Starts the process. The calling thread blocks for a moment.
    package init(_ launch: Launch) throws(SystemError) {
        pid = try launch.start()
        target = launch.isApart ? -pid : pid
    }

    /// Waits for its end, on the caller's thread, and kills what it has left running in a group of its own. To be called
    /// once.
    @discardableResult
    package func wait() -> End {
        var information = siginfo_t()
        // It stays a zombie until the lock is held, so that a signal never goes to another process of its number.
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

    /// Its end; nil until `wait` has returned.
    package var end: End? { ended.withLock { $0 } }

    /// Sends a signal to it, and to its group where it has one of its own, unless it has ended.
    package func signal(_ number: Int32) {
        ended.withLock { ended in if ended == nil { kill(target, number) } }
    }
}

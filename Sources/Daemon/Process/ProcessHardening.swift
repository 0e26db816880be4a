import CLinux
import Foundation
import Input
import POSIX

/// What a process that holds keys gives up before it reads anything.
enum ProcessHardening {
    /// Leaves no core dump, makes files for its user alone, and is ended neither by a peer that has gone away (SIGPIPE),
    /// nor by a limit on the size of files (SIGXFSZ), which is an error of the write instead, nor by SIGHUP, which asks for
    /// a reload (``Daemon/hangUps()``). It may have as many descriptors as the hard limit allows.
    static func apply() throws(StartError) {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        signal(SIGHUP, SIG_IGN)
        umask(0o077)
        Descriptors.raiseLimit()
        try forbidDumps()
    }

    /// No core dump, not even one piped to a program, which no limit stops; and nobody but root may trace the process or
    /// read its memory. A change of user sets the latter back to what the system has as its default.
    static func forbidDumps() throws(StartError) {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        guard setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none) == 0, clavero_set_dumpable(0) == 0 else {
            throw StartError("core dumps cannot be turned off: \(SystemError.phrase(errno))")
        }
    }
}

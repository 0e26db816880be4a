import CLinux
import Foundation
import Input
import POSIX

/// The privileges and defaults that a process with keys gives up before it reads anything.
enum ProcessHardening {
    /// Forbids core dumps, makes new files accessible to the user alone, and ignores three signals. A peer that has
    /// gone away (SIGPIPE) does not end the process. A limit on the size of files (SIGXFSZ) becomes an error of the
    /// write. SIGHUP asks for a reload (``Daemon/hangUps()``). The process may have as many descriptors as the hard
    /// limit allows.
    ///
    /// - Throws: `StartError` if core dumps cannot be turned off.
    static func apply() throws(StartError) {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        signal(SIGHUP, SIG_IGN)
        umask(0o077)
        Descriptors.raiseLimit()
        try forbidDumps()
    }

    /// Forbids core dumps, even one piped to a program, which no limit stops. Only root may trace the process or read
    /// its memory. A change of user resets the latter to the system's default.
    ///
    /// - Throws: `StartError` if core dumps cannot be turned off.
    static func forbidDumps() throws(StartError) {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        guard setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none) == 0, clavero_set_dumpable(0) == 0 else {
            throw StartError("core dumps cannot be turned off: \(SystemError.phrase(errno))")
        }
    }
}

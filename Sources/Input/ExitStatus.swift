import Glibc

/// The exit status of a program, after sysexits(3). Every program of this package ends with one of these, unless a signal
/// ends it.
package enum ExitStatus: Int32, Sendable {
    case success = 0
    /// The answer is no: a check found a fault, or a server refused a request permanently.
    case refused = 1
    /// The command line is wrong.
    case usage = 64
    /// A file does not have the contents that it should have.
    case data = 65
    /// A file to read does not exist or cannot be read.
    case input = 66
    /// A server, a database or an address cannot be used.
    case unavailable = 69
    /// A file to make cannot be made.
    case creation = 73
    /// Reading or writing failed, for example because the disk is full.
    case transfer = 74
    /// The same command can succeed later.
    case temporary = 75
    /// This user may not do that, or the rights of a file are wrong.
    case permission = 77
    /// A setting or a file of the site is wrong.
    case configuration = 78

    /// Returns the status for an error number of the system.
    package init(errno number: Int32) {
        self =
            switch number {
            case ENOENT, ENOTDIR, EISDIR, ELOOP, ENAMETOOLONG: .input
            case EACCES, EPERM, EROFS: .permission
            case EEXIST: .creation
            case EAGAIN, EBUSY, EINTR, ENOMEM, EMFILE, ENFILE: .temporary
            case EADDRINUSE, EADDRNOTAVAIL, ECONNREFUSED, ETIMEDOUT: .unavailable
            default: .transfer
            }
    }
}

import Glibc

/// The reason why a program cannot start or cannot do its work. It is one line that names the cause.
package struct StartError: Error, CustomStringConvertible {
    /// The exit status that goes with the reason, after sysexits(3).
    package enum Status: Int32, Sendable {
        /// A check found a fault.
        case unhealthy = 1
        /// A file does not have the contents that it should have.
        case data = 65
        /// A file to read does not exist.
        case input = 66
        /// A database server or an address cannot be used.
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

    package let description: String
    /// The exit status of the program.
    package let status: Int32

    package init(_ description: String, _ status: Status = .configuration) {
        self.description = description.escapingControls
        self.status = status.rawValue
    }
}

extension String {
    /// The text with control characters escaped, so that it stays one line. The name of a file may contain any.
    fileprivate var escapingControls: String {
        guard unicodeScalars.contains(where: \.isHarmful) else { return self }
        return unicodeScalars.map { $0.isHarmful ? $0.escaped(asASCII: true) : String($0) }.joined()
    }
}

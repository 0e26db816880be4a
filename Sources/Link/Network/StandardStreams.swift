import CLinux
import Glibc

/// A program's standard input, output and error: descriptors 0, 1 and 2. Nothing here throws or traps.
package enum StandardStreams {
    /// Opens /dev/null for each of them that is closed, so that no socket and no file of the program takes its number.
    /// What is written to a standard output that was closed fails; what is written to such a standard error is lost.
    package static func reserve() {
        for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) == -1 {
            // The lowest free number is this one.
            _ = open("/dev/null", descriptor == STDOUT_FILENO ? O_RDONLY : O_RDWR)
        }
    }

    /// Writes all of the text, and waits for whoever reads it.
    ///
    /// - Returns: false, with `errno` set, when that fails.
    @discardableResult
    package static func write(_ text: String, to descriptor: Int32 = STDERR_FILENO) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else if !isPassing(descriptor) { return false }
        }
        return true
    }

    /// Writes the line to standard error. What nobody reads for `seconds` is left out.
    package static func complain(_ line: String, patience seconds: Int32 = 5) {
        var rest = "\(line)\n"[...]
        while !rest.isEmpty {
            var error = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
            // A pipe that is ready takes PIPE_BUF octets without waiting.
            let part = rest.prefix(Int(PIPE_BUF) / 4)
            guard poll(&error, 1, seconds * 1000) == 1, write(String(part)) else { return }
            rest = rest.dropFirst(part.count)
        }
    }

    /// Writes what `print` has kept of standard output.
    ///
    /// - Returns: the system's number of the error by which not everything that was printed is written; nil if it is.
    package static func finishOutput() -> Int32? {
        errno = 0
        guard clavero_finish_output() != 0 else { return nil }
        return errno == 0 ? EIO : errno
    }

    /// Whether the failure of a write passes. For a descriptor that does not block, this waits until it can be written.
    private static func isPassing(_ descriptor: Int32) -> Bool {
        switch errno {
        case EINTR: return true
        case EAGAIN:
            var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            return poll(&state, 1, -1) == 1
        default: return false
        }
    }
}

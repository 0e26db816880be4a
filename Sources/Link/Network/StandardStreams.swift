import CLinux
import Glibc

/// A program's standard input, output, and error: the descriptors 0, 1, and 2. Nothing here throws or traps.
package enum StandardStreams {
    /// Opens /dev/null for each of them that is closed, so that no other file of the program gets its number.
    /// Afterwards, a write to such a standard output fails, and a write to such a standard error is lost.
    package static func reserve() {
        for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) == -1 {
            // open(2) returns the lowest free number, which is this one.
            _ = open("/dev/null", descriptor == STDOUT_FILENO ? O_RDONLY : O_RDWR)
        }
    }

    /// Writes all of the text, and waits for its reader.
    ///
    /// - Returns: false, with `errno` set, if that fails.
    @discardableResult
    package static func write(_ text: String, to descriptor: Int32 = STDERR_FILENO) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else if !isTransient(descriptor) { return false }
        }
        return true
    }

    /// Writes a line to standard error. The rest of the line is dropped when nobody reads for `seconds`.
    package static func writeError(_ line: String, timeout seconds: Int32 = 5) {
        var rest = "\(line)\n"[...]
        while !rest.isEmpty {
            var error = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
            // A pipe that is ready takes PIPE_BUF bytes without waiting.
            let part = rest.prefix(Int(PIPE_BUF) / 4)
            guard poll(&error, 1, seconds * 1000) == 1, write(String(part)) else { return }
            rest = rest.dropFirst(part.count)
        }
    }

    /// Writes the part of standard output that `print` has buffered.
    ///
    /// - Returns: nil if all of it was written; otherwise the error number of the system.
    package static func finishOutput() -> Int32? {
        errno = 0
        guard clavero_finish_output() != 0 else { return nil }
        return errno == 0 ? EIO : errno
    }

    /// Returns whether the last write may be tried again. For a non-blocking descriptor, it first waits until the
    /// descriptor can be written.
    private static func isTransient(_ descriptor: Int32) -> Bool {
        switch errno {
        case EINTR: return true
        case EAGAIN:
            var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            return poll(&state, 1, -1) == 1
        default: return false
        }
    }
}

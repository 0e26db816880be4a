import CLinux
import Glibc

/// The two ends of a new pipe, which no started program inherits. The owner must close them.
package struct PipeEnds: Sendable {
    package let read: Int32
    package let write: Int32

    /// Creates a pipe. `blocks` says whether reading and writing wait.
    ///
    /// - Throws: `SystemError` if the system refuses a pipe.
    package init(blocks: Bool = true) throws(SystemError) {
        var ends: [Int32] = [0, 0]
        guard pipe2(&ends, O_CLOEXEC | (blocks ? 0 : O_NONBLOCK)) == 0 else { throw SystemError() }
        (read, write) = (ends[0], ends[1])
    }

    package func close() {
        for end in [read, write] { Glibc.close(end) }
    }
}

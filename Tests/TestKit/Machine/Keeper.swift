import Foundation
import POSIX

/// A shell script that is run when the value goes, or when the test process has ended, however it did: it ends what the
/// test has started and takes away what it has made.
package final class Keeper: Sendable {
    private let child: Child
    private let lifeline: Int32

    /// The script has the arguments as `$1` and so on. What ends the test by a signal to its whole group is not for it.
    package init(_ script: String, _ arguments: [String] = []) throws {
        let (inputs, nothing) = (Child.pipe(), open("/dev/null", O_RDWR | O_CLOEXEC))
        defer {
            close(inputs.read)
            close(nothing)
        }
        // The end of this process ends the standard input.
        let words = ["-c", "trap '' HUP INT TERM\nread -r _ || :\n\(script)", "keeper"] + arguments
        child = try Child("/bin/sh", words, input: inputs.read, output: nothing, errors: STDERR_FILENO)
        lifeline = inputs.write
    }

    /// Waits for the script's end.
    deinit {
        close(lifeline)
        _ = child.wait()
    }
}

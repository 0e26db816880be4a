import Foundation
import POSIX

/// A shell script that cleans up after a test. It ends the processes that the test started, and removes the files
/// that it made. It runs when this value is released, or when the test process ends in any way.
package final class Keeper: Sendable {
    private let child: Child
    private let lifeline: Int32

    /// Starts the shell that waits to run the script. The script has the arguments as `$1`, `$2` and on. It ignores
    /// the signals HUP, INT and TERM, which may be sent to the whole process group of the test.
    package init(_ script: String, _ arguments: [String] = []) throws {
        let (inputs, nothing) = (Child.pipe(), open("/dev/null", O_RDWR | O_CLOEXEC))
        defer {
            close(inputs.read)
            close(nothing)
        }
        // When this process ends, the standard input of the shell ends.
        let words = ["-c", "trap '' HUP INT TERM\nread -r _ || :\n\(script)", "keeper"] + arguments
        child = try Child("/bin/sh", words, input: inputs.read, output: nothing, errors: STDERR_FILENO)
        lifeline = inputs.write
    }

    /// Waits until the script has ended.
    deinit {
        close(lifeline)
        _ = child.wait()
    }
}

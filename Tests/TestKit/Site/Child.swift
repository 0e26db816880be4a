import Foundation
import POSIX

/// A process that a test has started. It inherits three descriptors and nothing else: no signal mask, and no socket
/// of another test, which would stay open until the process ends.
package final class Child: Sendable {
    private let process: ChildProcess

    /// Returns the ends of a new pipe. No child inherits them.
    package static func pipe() -> (read: Int32, write: Int32) {
        let ends = try! PipeEnds()
        return (ends.read, ends.write)
    }

    /// Starts a process. `environment` is added to that of the test.
    package init(
        _ path: String, _ arguments: [String], environment: [String: String] = [:], input: Int32, output: Int32,
        errors: Int32
    ) throws {
        TestDescriptors.raised
        var launch = Launch([path] + arguments, input: input, output: output, errors: errors)
        let variables = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        launch.environment = variables.map { "\($0.key)=\($0.value)" }
        do { process = try ChildProcess(launch) } catch { throw Mismatch("\(path): \(error)") }
    }

    package var pid: pid_t { process.pid }

    /// Waits on the caller's thread until the process ends. Returns the exit status, or the signal as a negative
    /// number. This may be called once.
    package func wait() -> Int32 { process.wait().code }

    /// The exit status, or the signal as a negative number; nil while the process runs.
    package var status: Int32? { process.end?.code }

    package func signal(_ number: Int32) { process.signal(number) }
}

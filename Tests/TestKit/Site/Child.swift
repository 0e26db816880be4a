import Foundation
import POSIX

/// A process that a test has started. It inherits three descriptors and nothing else: neither a signal mask nor a
/// socket of another test, which would stay open as long as it runs.
package final class Child: Sendable {
    private let process: ChildProcess

    /// A pipe whose ends no child inherits.
    package static func pipe() -> (read: Int32, write: Int32) {
        let ends = try! PipeEnds()
        return (ends.read, ends.write)
    }

    /// `environment` is added to the test's own.
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

    /// Waits for its end, on the caller's thread: the exit status, or the signal as a negative number. To be called once.
    package func wait() -> Int32 { process.wait().code }

    /// Nil while it runs.
    package var status: Int32? { process.end?.code }

    package func signal(_ number: Int32) { process.signal(number) }
}

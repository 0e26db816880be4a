import Foundation
import POSIX

/// The process of a plugin, with the daemon's ends of its pipes.
///
/// It inherits three descriptors and nothing else, whatever the daemon has open. It is killed together with all
/// processes that it has started.
struct PluginChildProcess: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let process: ChildProcess
    /// The daemon's ends of the pipes. The receiver must close them.
    let input: Int32
    let output: Int32
    let errors: Int32

    /// Starts the program. It blocks for a moment.
    ///
    /// - Throws: `Failure` if the program cannot be started.
    init(_ program: PluginProgram) throws {
        var pipes: [PipeEnds] = []
        do throws(SystemError) {
            for _ in 0..<3 { pipes.append(try PipeEnds()) }
            var launch = Launch([program.path], input: pipes[0].read, output: pipes[1].write, errors: pipes[2].write)
            launch.environment = program.environment(ProcessInfo.processInfo.environment)
            launch.directory = program.directory
            launch.isApart = true
            process = try ChildProcess(launch)
        } catch {
            for pipe in pipes { pipe.close() }
            throw Failure(description: "\(program.path): \(error)")
        }
        for far in [pipes[0].read, pipes[1].write, pipes[2].write] { close(far) }
        (input, output, errors) = (pipes[0].write, pipes[1].read, pipes[2].read)
    }
}

import ArgumentParser
import Dispatch
import Foundation
import Input
import Link
import Logging
import POSIX
import ServiceLifecycle
import UnixSignals

/// The code that the daemons share for how they start, fail to start, and end.
package enum Daemon {
    /// Returns the program's arguments. If one of them is not UTF-8, it ends the process: the text of such an
    /// argument would name another file than the operator meant.
    package static func words(of program: String) -> [String] {
        do throws(ProgramArguments.NotUTF8) {
            return try ProgramArguments.validated()
        } catch {
            end("\(program): \(error)", status: EX_USAGE)
        }
    }

    /// Hardens the process, reads the settings, then the command line, becomes the user that they name, and runs the
    /// command. If something keeps it from running, it writes one line on standard error, and the exit status is not
    /// zero: 64 for the command line and the settings, 1 for the rest.
    ///
    /// This function is not `async`. The first thread of an asynchronous program is practically gone from the start,
    /// and setuid(2) would leave it root's rights.
    package static func main<Command: AsyncParsableCommand & Sendable>(
        _ command: Command.Type, program: String, _ commandLine: [String], settings: SettingsSources? = nil
    ) -> Never {
        StandardStreams.reserve()
        do {
            try ProcessHardening.apply()
            let parsed = try read(command, commandLine, settings: settings).command
            if let daemon = parsed as? any DaemonCommand { try daemon.process.dropPrivileges() }
            run(parsed, program: program)
        } catch {
            fail(command, program, error)
        }
    }

    private static func run<Command: AsyncParsableCommand & Sendable>(_ command: Command, program: String) -> Never {
        Task.detached {
            var command = command
            do { try await command.run() } catch { fail(Command.self, program, error) }
            succeed(program)
        }
        dispatchMain()
    }

    /// Runs the service until SIGTERM or SIGINT, then lets it drain. A second signal ends the process at once.
    package static func run(_ service: some Service, logger: Logger) async throws {
        if ProcessUser.isRoot { logger.warning("running as root; use --user to run as another user") }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }

    /// Makes a second SIGTERM or SIGINT end the process. It must be called when a drain begins.
    package static func endAtSecondSignal() {
        secondSignals = [SIGTERM, SIGINT].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { die(of: number) }
            source.resume()
            return source
        }
    }

    /// The sources of the second signals. They are set once, and kept because a released source stops.
    nonisolated(unsafe) private static var secondSignals: [any DispatchSourceSignal] = []

    /// Ends the process as the signal would have done if Dispatch did not block it.
    private static func die(of number: Int32) {
        signal(number, SIG_DFL)
        var mask = sigset_t()
        sigemptyset(&mask)
        sigaddset(&mask, number)
        pthread_sigmask(SIG_UNBLOCK, &mask, nil)
        raise(number)
    }

    private static func fail<Command: AsyncParsableCommand>(
        _ command: Command.Type, _ program: String, _ error: any Error
    ) -> Never {
        switch error {
        case let error as SettingsError: end("\(program): \(error)", status: EX_USAGE)
        case let error as StartError: end("\(program): \(error)", status: EXIT_FAILURE)
        default: break
        }
        let status = command.exitCode(for: error).rawValue
        let message = command.fullMessage(for: error)
        guard status == EXIT_SUCCESS else { end(message, status: status) }
        // A status of success means that the user asked for a text, such as with --help.
        print(message)
        succeed(program)
    }

    /// Ends a program that has done its work, with success. If its output cannot be written, it ends with a failure
    /// instead.
    package static func succeed(_ program: String) -> Never {
        if let error = StandardStreams.finishOutput() {
            end("\(program): standard output: \(SystemError.phrase(error))", status: EXIT_FAILURE)
        }
        exit(EXIT_SUCCESS)
    }

    private static func end(_ line: String, status: Int32) -> Never {
        if !line.isEmpty { StandardStreams.writeError(LogForm.complaint(line)) }
        exit(status)
    }
}

/// A command whose process continues as a daemon.
package protocol DaemonCommand: AsyncParsableCommand, Sendable {
    var process: ProcessOptions { get }
}

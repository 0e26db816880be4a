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
            end("\(program): \(error)", status: .usage)
        }
    }

    /// Hardens the process, reads the settings, then the command line, becomes the user that they name or, for a tool, to
    /// whom the files belong, checks the files and addresses that they name, and runs the command. If something keeps it
    /// from running, it writes one line on standard error, and the exit status is not zero: 64 for the command line, 78
    /// for the settings, and that of the `StartError` for the rest.
    ///
    /// This function is not `async`. The first thread of an asynchronous program is practically gone from the start,
    /// and setuid(2) would leave it root's rights.
    package static func main<Program: DaemonProgram>(_ program: Program.Type, _ commandLine: [String]) -> Never {
        StandardStreams.reserve()
        do {
            try ProcessHardening.apply()
            if try asksForCheck(program, commandLine) { checkSettings(program, commandLine) }
            let (command, added) = try read(program, commandLine)
            if let command = command as? any OwnerCommand { try command.becomeOwner() }
            if let daemon = command as? any DaemonCommand { try dropPrivileges(daemon, added) }
            if let service = command as? any ServiceCommand { try requireSound(service, added) }
            run(command, program)
        } catch {
            fail(program, error)
        }
    }

    /// Becomes the user that the settings name.
    ///
    /// - Throws: `SettingsError` that names the place of the setting.
    private static func dropPrivileges(_ daemon: any DaemonCommand, _ added: [SettingsSources.Added]) throws {
        do {
            try daemon.process.dropPrivileges()
        } catch {
            var examination = SettingsExamination(of: added, isCheck: false)
            examination.note("\(error)", of: ["user"], status: error.status)
            throw examination.problems[0]
        }
    }

    /// Checks everything that can be checked before the daemon makes a file or a socket, so that a start that fails
    /// leaves nothing behind.
    private static func requireSound(_ service: any ServiceCommand, _ added: [SettingsSources.Added]) throws {
        try Descriptors.requireEnough()
        var examination = SettingsExamination(of: added, isCheck: false)
        service.examine(&examination)
        if let problem = examination.problems.first { throw problem }
        for (_, endpoint) in try service.endpoints { try ListeningTrial.require(endpoint) }
    }

    private static func run<Program: DaemonProgram>(_ command: any ParsableCommand, _ program: Program.Type) -> Never {
        let sole = SoleCommand(command: command)
        Task.detached {
            do {
                if var command = sole.command as? any AsyncParsableCommand {
                    try await command.run()
                } else {
                    var command = sole.command
                    try command.run()
                }
            } catch {
                fail(program, error)
            }
            succeed(program.name)
        }
        dispatchMain()
    }

    /// The command of the process. Only the task that runs it uses it.
    private struct SoleCommand: @unchecked Sendable {
        let command: any ParsableCommand
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

    static func fail<Program: DaemonProgram>(_ program: Program.Type, _ error: any Error) -> Never {
        switch error {
        case let error as SettingsError: end("\(program.name): \(error)", status: error.status)
        case let error as StartError: end("\(program.name): \(error)", status: error.status)
        default: break
        }
        let status = program.exitCode(for: error).rawValue
        let message = program.fullMessage(for: error)
        guard status == ExitStatus.success.rawValue else { end(message, status) }
        // A status of success means that the user asked for a text, such as with --help.
        print(message)
        succeed(program.name)
    }

    /// Ends a program that has done its work, with success. If its output cannot be written, it ends with a failure
    /// instead.
    package static func succeed(_ program: String) -> Never {
        if let error = StandardStreams.finishOutput() {
            end("\(program): standard output: \(SystemError.phrase(error))", status: .transfer)
        }
        exit(ExitStatus.success.rawValue)
    }

    static func end(_ line: String, status: ExitStatus) -> Never { end(line, status.rawValue) }

    private static func end(_ line: String, _ status: Int32) -> Never {
        if !line.isEmpty { StandardStreams.writeError(LogForm.complaint(line)) }
        exit(status)
    }
}

/// A command that works on files as the user to whom they belong.
package protocol OwnerCommand: AsyncParsableCommand, Sendable {
    /// Makes the process run as that user, for good, if it runs as root. It is called before any thread is started, and
    /// before the command reads or makes anything.
    ///
    /// - Throws: `StartError` if the process runs as a third user.
    func becomeOwner() throws(StartError)
}

import ArgumentParser
import Dispatch
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// What the daemons share: how they start, how they fail to, and how they end.
package enum Daemon {
    /// Reads the settings, then the command line, and runs the command. Whatever keeps it from running is one line on
    /// standard error and a status that is not zero: 64 for the command line and the settings, 1 for the rest.
    package static func main<Command: AsyncParsableCommand>(
        _ command: Command.Type, program: String, _ commandLine: [String], settings: Settings? = nil
    ) async {
        signal(SIGPIPE, SIG_IGN)
        do {
            let environment = ProcessInfo.processInfo.environment
            let arguments = try settings?.arguments(commandLine, environment: environment) ?? commandLine
            var parsed = try Command.parse(arguments)
            try await parsed.run()
        } catch let error as SettingsError {
            fail(program, "\(error)", status: EX_USAGE)
        } catch let error as StartError {
            fail(program, "\(error)", status: EXIT_FAILURE)
        } catch {
            Command.exit(withError: error)
        }
    }

    /// Runs the service until SIGTERM or SIGINT, then lets it drain; a second signal ends the process at once.
    package static func run(_ service: some Service, logger: Logger) async throws {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }

    /// To be called when a drain begins.
    package static func endAtSecondSignal() {
        secondSignals = [SIGTERM, SIGINT].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { die(of: number) }
            source.resume()
            return source
        }
    }

    /// Set once, and kept so that they go on.
    nonisolated(unsafe) private static var secondSignals: [any DispatchSourceSignal] = []

    /// Ends the process as the signal would have, had Dispatch not blocked it.
    private static func die(of number: Int32) {
        signal(number, SIG_DFL)
        var mask = sigset_t()
        sigemptyset(&mask)
        sigaddset(&mask, number)
        pthread_sigmask(SIG_UNBLOCK, &mask, nil)
        raise(number)
    }

    private static func fail(_ program: String, _ reason: String, status: Int32) -> Never {
        FileHandle.standardError.write(Data("\(program): \(reason)\n".utf8))
        exit(status)
    }
}

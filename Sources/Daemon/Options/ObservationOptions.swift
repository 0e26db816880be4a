import ArgumentParser
import Link
import Logging

/// What both daemons let an operator see of them.
package struct ObservationOptions: ParsableArguments, Sendable {
    @Option(help: "Where to answer requests for metrics and probes, on this machine: host:port, or unix:/path.")
    package var metrics: Endpoint?

    @Option(help: "The least that is logged: trace, debug, info, notice, warning, error or critical.")
    package var logLevel = LogLevel.info

    package init() {}

    /// The names of these options, for the settings.
    package static let names = ["metrics", "log-level"]

    package func validate() throws {
        guard metrics?.isLocal != false else {
            throw ValidationError("--metrics must be on this machine, such as 127.0.0.1:9464: it knows nobody")
        }
    }

    /// The daemon's log.
    package func logger(_ program: String) -> Logger {
        var logger = Logger(label: program) { DaemonLog(label: $0) }
        logger.logLevel = logLevel.level
        return logger
    }
}

/// How much a log line matters, from the least.
package enum LogLevel: String, ExpressibleByArgument, CaseIterable, Sendable {
    case trace, debug, info, notice, warning, error, critical

    var level: Logger.Level { Logger.Level(rawValue: rawValue)! }
}

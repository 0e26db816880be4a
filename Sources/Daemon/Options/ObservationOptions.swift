import ArgumentParser
import Link
import Logging

/// The options of both daemons by which an operator observes them.
package struct ObservationOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp(
            "The address for metrics, probes and the status page: host:port, or unix:/path.",
            valueName: "host:port"))
    package var metrics: Endpoint?

    @Option(
        help: ArgumentHelp(
            """
            Networks whose machines may ask there, separated by commas, such as 10.0.0.0/8. Without it, this machine \
            alone.
            """, valueName: "networks"))
    package var metricsClients: ProbeClients?

    @Option(
        help: ArgumentHelp(
            "The lowest level that is logged: trace, debug, info, notice, warning, error or critical.",
            valueName: "level"))
    package var logLevel = LogLevel.info

    package init() {}

    /// The names of these options in the settings.
    package static let names = ["metrics", "metrics-clients", "log-level"]

    package func validate() throws {
        guard metrics?.isLocal != false || metricsClients != nil else {
            throw ValidationError(
                """
                --metrics must be an address of this machine, such as 127.0.0.1:9464, unless --metrics-clients names \
                the networks that may ask
                """)
        }
    }

    /// The clients that may ask for metrics.
    package var clients: ProbeClients { metricsClients ?? .local }

    /// Returns a logger for the program, with the level that the operator chose.
    package func logger(_ program: String) -> Logger {
        var logger = Logger(label: program) { DaemonLog(label: $0) }
        logger.logLevel = logLevel.level
        return logger
    }
}

/// The importance of a log line, from the least to the greatest.
package enum LogLevel: String, ExpressibleByArgument, CaseIterable, Sendable {
    case trace, debug, info, notice, warning, error, critical

    var level: Logger.Level { Logger.Level(rawValue: rawValue)! }
}

import ArgumentParser

/// The options that monitor a server instead of sending requests.
struct MonitorOptions: ParsableArguments {
    @Flag(help: "Show the server's answer times until Ctrl-C.")
    var latency = false

    @Flag(help: "Show the server's requests and answer times each second, until Ctrl-C.")
    var stat = false

    @Option(help: ArgumentHelp("End --latency or --stat after this number of seconds.", valueName: "seconds"))
    var count: Int?

    var isEnabled: Bool { latency || stat }

    func validate() throws {
        if latency, stat { throw ValidationError("--latency or --stat, not both") }
        if let count, !isEnabled || count < 1 {
            throw ValidationError("--count takes a number of seconds from 1 on, with --latency or --stat")
        }
    }

    func run(_ connection: ServerConnection, isJSON: Bool) throws(ExitError) {
        try connection.connect()
        defer { connection.disconnect() }
        try Interrupt.withHandler { () throws(ExitError) in
            let prober = Prober(connection)
            if stat {
                try StatMonitor(prober: prober, manifest: connection.manifest, seconds: count, isJSON: isJSON).run()
            } else {
                try LatencyMonitor(prober: prober, seconds: count, isJSON: isJSON).run()
            }
        }
    }
}

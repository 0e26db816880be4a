import ArgumentParser

/// The options by which somebody looks at a server instead of using it.
struct LookingOptions: ParsableArguments {
    @Flag(help: "Show how long the server takes to answer, until Ctrl-C.")
    var latency = false

    @Flag(help: "Show each second what the server does, until Ctrl-C.")
    var stat = false

    @Option(help: ArgumentHelp("End --latency or --stat after so many seconds.", valueName: "seconds"))
    var count: Int?

    var isWanted: Bool { latency || stat }

    func validate() throws {
        if latency, stat { throw ValidationError("--latency and --stat are two things") }
        if let count, !isWanted || count < 1 {
            throw ValidationError("--count takes a number of seconds from 1 on, with --latency or --stat")
        }
    }

    func run(_ session: Session) throws(Stop) {
        try session.connect()
        defer { session.disconnect() }
        try Interrupt.caught { () throws(Stop) in
            let prober = Prober(session)
            if stat {
                try Stat(prober: prober, manifest: session.manifest, seconds: count).run()
            } else {
                try Latency(prober: prober, seconds: count).run()
            }
        }
    }
}

import Glibc

/// `clavero-bench scaling`: what a site does with one, two and four key servers behind a proxy, on either database, and
/// what a model says that it should do, which knows the processor time that a request takes at one server.
struct ScalingCommand {
    static let usage =
        "usage: clavero-bench scaling --programs DIRECTORY [--servers N,N...] [--sessions N,N...] [--seconds S]"

    private static let head = [
        "database", "servers", "sessions", "ENCRYPT/s", "p50", "p99", "model", "off by", "proxy", "servers", "database",
        "generator", "SIGNUP/s",
    ]

    private let conditions: Conditions
    private let servers: [Int]
    private let sessions: [Int]

    init(_ words: some Sequence<String>) throws {
        let arguments = try Arguments(words, options: ["programs", "servers", "sessions", "seconds"])
        guard let programs = arguments.text("programs") else { throw Arguments.Wrong(description: Self.usage) }
        conditions = Conditions(
            programs: programs, peers: nil, rounds: 1, seconds: try arguments.number("seconds", 5.0),
            directory: try TemporaryDirectory(), isPinned: false)
        servers = try arguments.list("servers") ?? [1, 2, 4]
        sessions = try arguments.list("sessions") ?? [8, 64, 256]
    }

    func run() throws {
        let directory = conditions.directory
        Signals.atEnd { directory.remove() }
        defer { directory.remove() }
        OpenFiles.allowAll()
        for (name, fact) in Machine.facts(conditions) { Output.line("\(name): \(fact)") }
        Output.line("\n| \(Self.head.joined(separator: " | ")) |")
        Output.line("|\(Self.head.map { _ in " --- |" }.joined())")
        for store in ScalingSite.Store.allCases {
            // What a request takes at the first number of servers, for each number of sessions.
            var known: [Int: ScalingSite.Times] = [:]
            for count in servers {
                for row in try rows(store, servers: count, &known) { Output.line(row) }
            }
        }
    }

    private func rows(
        _ store: ScalingSite.Store, servers: Int, _ known: inout [Int: ScalingSite.Times]
    ) throws -> [String] {
        let site = try ScalingSite(store, servers: servers, conditions)
        defer { site.end() }
        let token = try site.token()
        return try sessions.map { sessions in
            var load = conditions.load(
                site.proxy.port, connections: sessions, inFlight: 1,
                request: Script.line("ENCRYPT \(String(repeating: "m", count: 64))"))
            load.preamble = { _ in [.greeting, Exchange("LOGIN TOKEN=\(token)", "235 ")] }
            load.warmUp = 0
            var short = load
            short.seconds = 1
            _ = try short.run()
            let before = try site.times()
            let result = try load.run()
            let demands = (try site.times() - before) / Double(result.replies)
            let model = Self.model(known[sessions] ?? demands, servers: servers)
            if known[sessions] == nil { known[sessions] = demands }
            let signUps = try SignUps.load(site.proxy.port, sessions: sessions, signUps: max(4, 2000 / sessions))
            let cells =
                [
                    store.rawValue, "\(servers)", "\(sessions)", Numbers.grouped(result.rate),
                    Unit.milliseconds.text(Double(result.p50)), Unit.milliseconds.text(Double(result.p99)),
                ] + Self.text(of: model(sessions), beside: result.rate) + Self.text(of: demands)
                + [Numbers.grouped(try signUps.run().rate)]
            return "| \(cells.joined(separator: " | ")) |"
        }
    }

    /// All processes share the processors of this machine, and proxy and servers have a thread each.
    private static func model(_ demands: ScalingSite.Times, servers: Int) -> (_ sessions: Int) -> Double {
        let processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let model = QueueingModel(stations: [.init(demand: demands.sum, servers: processors)])
        let threads = QueueingModel(stations: [
            .init(demand: demands.proxy), .init(demand: demands.servers, servers: servers),
        ])
        return { min(model.solve(sessions: $0).rate, threads.limit) }
    }

    private static func text(of model: Double, beside rate: Double) -> [String] {
        [Numbers.grouped(model), "\(Numbers.fixed(100 * (model / rate - 1), digits: 0)) %"]
    }

    /// In microseconds.
    private static func text(of demands: ScalingSite.Times) -> [String] {
        [demands.proxy, demands.servers, demands.database, demands.generator].map {
            "\(Numbers.fixed($0 * 1e6, digits: 1)) us"
        }
    }
}

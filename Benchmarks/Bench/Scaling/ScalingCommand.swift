import Glibc

/// The command `clavero-bench scaling`: measures a site with one, two and four key servers after a proxy, on either
/// database. It also shows the rates of a model, which knows the processor time of a request at the first number of
/// servers.
struct ScalingCommand {
    static let usage =
        "usage: clavero-bench scaling --programs DIRECTORY [--servers N,N...] [--sessions N,N...] [--seconds S]"

    private static let head = [
        "command", "database", "servers", "sessions", "a second", "p50", "p99", "model", "off by", "proxy", "servers",
        "database", "generator",
    ]
    /// The requests of the table. ENCRYPT of a short message takes every part of the site about equally long. SIGN
    /// takes the server longer than all other parts together.
    private static let requests = [
        ("ENCRYPT", "ENCRYPT \(String(repeating: "m", count: 64))"),
        ("SIGN", "SIGN \(String(repeating: "m", count: 64))"),
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
        sessions = try arguments.list("sessions") ?? [8, 64, 1000]
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
            // The times of a request at the first number of servers, by command and number of sessions.
            var known: [String: ScalingSite.Times] = [:]
            for count in servers { try measure(store, servers: count, &known) }
        }
    }

    private func measure(
        _ store: ScalingSite.Store, servers: Int, _ known: inout [String: ScalingSite.Times]
    ) throws {
        let site = try ScalingSite(store, servers: servers, conditions)
        defer { site.end() }
        let token = try site.token()
        for sessions in sessions {
            for (command, line) in Self.requests {
                let (result, demands) = try measure(site, token, line, sessions: sessions)
                let key = "\(command) \(sessions)"
                let model = Self.rate(known[key] ?? demands, servers: servers, sessions: sessions)
                if known[key] == nil { known[key] = demands }
                Self.row(
                    [command, store.rawValue, "\(servers)", "\(sessions)"], result,
                    Self.text(of: model, beside: result.rate) + Self.text(of: demands))
            }
            let signUps = try SignUps.load(site.proxy.port, sessions: sessions, signUps: max(2, 2000 / sessions))
            Self.row(["SIGNUP", store.rawValue, "\(servers)", "\(sessions)"], try signUps.run(), [])
        }
    }

    /// Returns the results of the load, and the processor time of one request.
    private func measure(
        _ site: ScalingSite, _ token: String, _ line: String, sessions: Int
    ) throws -> (LoadResult, ScalingSite.Times) {
        var load = conditions.load(
            site.proxy.port, connections: sessions, inFlight: 1, request: Script.line(line))
        load.preamble = { _ in [.greeting, Exchange("LOGIN TOKEN=\(token)", "235 ")] }
        load.warmUp = 0
        var short = load
        short.seconds = 1
        _ = try short.run()
        let before = try site.times()
        let result = try load.run()
        return (result, (try site.times() - before) / Double(result.replies))
    }

    private static func row(_ facts: [String], _ result: LoadResult, _ rest: [String]) {
        let times = [result.p50, result.p99].map { "\(Unit.milliseconds.text(Double($0))) ms" }
        let cells = facts + [Numbers.grouped(result.rate)] + times + rest
        let empty = Array(repeating: " ", count: head.count - cells.count)
        Output.line("| \((cells + empty).joined(separator: " | ")) |")
    }

    /// Returns the rate that the model predicts. All processes share the processors of this machine, and the proxy
    /// and each server have one thread.
    private static func rate(_ demands: ScalingSite.Times, servers: Int, sessions: Int) -> Double {
        let processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let model = QueueingModel(stations: [.init(demand: demands.sum, servers: processors)])
        let threads = QueueingModel(stations: [
            .init(demand: demands.proxy), .init(demand: demands.servers, servers: servers),
        ])
        return min(model.solve(sessions: sessions).rate, threads.limit)
    }

    private static func text(of model: Double, beside rate: Double) -> [String] {
        [Numbers.grouped(model), "\(Numbers.fixed(100 * (model / rate - 1), digits: 0)) %"]
    }

    /// Returns the times in microseconds.
    private static func text(of demands: ScalingSite.Times) -> [String] {
        [demands.proxy, demands.servers, demands.database, demands.generator].map {
            "\(Numbers.fixed($0 * 1e6, digits: 1)) us"
        }
    }
}

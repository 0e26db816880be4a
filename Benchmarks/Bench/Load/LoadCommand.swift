/// The command `clavero-bench load`: puts one load on any server, and prints the results.
struct LoadCommand {
    static let usage = """
        usage: clavero-bench load --port P [--host A.B.C.D] [--tls] [--connections N] [--in-flight N | --rate R]
            [--request LINE [--literal BYTES]] [--expect PREFIX] [--replies line|literal|http] [--greeting PREFIX]
            [--preamble 'LINE => PREFIX']... [--seconds S] [--warm-up S] [--rounds N]
        clavero-bench load --ceiling [--connections N] [--in-flight N] [--seconds S]
        """

    private let load: Load
    private let rounds: Int
    private let isCeiling: Bool

    init(_ words: some Sequence<String>) throws {
        let options: Set = [
            "host", "port", "connections", "in-flight", "rate", "request", "literal", "expect", "replies", "greeting",
            "preamble", "seconds", "warm-up", "rounds",
        ]
        let arguments = try Arguments(words, options: options, flags: ["tls", "ceiling"])
        isCeiling = arguments.has("ceiling")
        rounds = try arguments.number("rounds", 1)
        guard isCeiling || arguments.has("port") else { throw Arguments.Wrong(description: Self.usage) }
        let target = Target(
            host: arguments.text("host") ?? "127.0.0.1", port: try arguments.number("port", 1),
            tls: arguments.has("tls") ? try TLSClient() : nil)
        var load = Load(
            target, connections: try arguments.number("connections", 50),
            inFlight: try arguments.number("in-flight", 1), request: try Self.request(arguments))
        if arguments.has("rate") { load.pace = .open(rate: try arguments.number("rate", 1.0)) }
        load.shape = try Self.shape(arguments)
        load.expected = arguments.text("expect") ?? "250 "
        load.seconds = try arguments.number("seconds", 1.0)
        load.warmUp = try arguments.number("warm-up", 0.3)
        let preamble = try Self.preamble(arguments)
        load.preamble = { _ in preamble }
        self.load = load
    }

    func run() throws {
        for _ in 0..<rounds {
            Output.line(Self.text(of: try isCeiling ? ceiling() : load.run()))
        }
    }

    private func ceiling() throws -> LoadResult {
        let inFlight = if case .closed(let number) = load.pace { number } else { 1 }
        return try ConstantServer.ceiling(
            connections: load.connections, inFlight: inFlight, seconds: load.seconds)
    }

    static func text(of result: LoadResult) -> String {
        let times = [("p50", result.p50), ("p99", result.p99), ("p99.9", result.p999), ("max", result.maximum)]
        let latencies = times.map { "\($0) \(Numbers.fixed(Double($1) / 1000, digits: 1)) us" }
        return "\(Numbers.grouped(result.rate)) requests/s  \(latencies.joined(separator: "  "))"
    }

    private static func request(_ arguments: Arguments) throws -> [UInt8] {
        let line = arguments.text("request") ?? "NOOP"
        guard arguments.has("literal") else { return Script.line(line) }
        let bytes: Int = try arguments.number("literal", 1)
        return Script.line(line, literal: (0..<bytes).map { UInt8(truncatingIfNeeded: $0) })
    }

    private static func shape(_ arguments: Arguments) throws -> ReplyShape {
        switch arguments.text("replies") ?? (arguments.has("literal") ? "literal" : "line") {
        case "line": .line
        case "literal": .literal
        case "http": .http
        default: throw Arguments.Wrong(description: "--replies is line, literal or http")
        }
    }

    /// Returns the exchanges of the `--preamble` options, each `LINE => PREFIX`. The greeting comes before them,
    /// unless it is empty.
    private static func preamble(_ arguments: Arguments) throws -> [Exchange] {
        let greeting = arguments.text("greeting") ?? "220 "
        return try (greeting.isEmpty ? [] : [Exchange([], greeting)])
            + arguments.all("preamble").map { text in
                let parts = text.split(separator: " => ", maxSplits: 1)
                guard parts.count == 2 else { throw Arguments.Wrong(description: "--preamble is 'LINE => PREFIX'") }
                return Exchange(String(parts[0]), String(parts[1]))
            }
    }
}

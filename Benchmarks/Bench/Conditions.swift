import Glibc
import Synchronization

/// The conditions that all figures of a run share.
struct Conditions: Sendable {
    /// The directory of claverod and clavero-proxy.
    var programs: String
    /// The directory of the peers that `make bench-peers` installed; nil if none is given.
    let peers: String?
    let rounds: Int
    /// The seconds for which each load is measured.
    let seconds: Double
    let directory: TemporaryDirectory
    /// Whether servers and the load generator run on processors of their own.
    let isPinned: Bool

    var serverProcessor: Int? { isPinned ? 0 : nil }

    func program(_ name: String) -> String { "\(programs)/\(name)" }

    /// Returns a path that does not exist yet.
    func newPath(_ name: String) -> String {
        "\(directory.path)/\(name)-\(Self.counter.add(1, ordering: .relaxed).newValue)"
    }

    func log(_ name: String) -> String { newPath(name) + ".log" }

    private static let counter = Atomic(0)

    /// Returns a load with the length of this run.
    func load(
        _ port: UInt16, tls: TLSClient? = nil, connections: Int, inFlight: Int, request: [UInt8]
    ) -> Load {
        var load = Load(
            Target(port: port, tls: tls), connections: connections, inFlight: inFlight, request: request)
        load.seconds = seconds
        load.warmUp = seconds * 0.3
        return load
    }

    /// Measures ours and theirs in turn, round by round, so that disturbances of the machine affect both.
    ///
    /// - Parameter rounds: The number of rounds; nil to use that of the run.
    func interleave(
        rounds: Int? = nil, ours: () throws -> Double, theirs: () throws -> Double
    ) throws -> Measurement {
        var pairs: [(Double, Double)] = []
        for _ in 0..<(rounds ?? self.rounds) { pairs.append((try ours(), try theirs())) }
        return Measurement(pairs)
    }

    /// Measures ours alone.
    func repeated(_ ours: () throws -> Double) throws -> Measurement {
        Measurement(ours: try (0..<rounds).map { _ in try ours() })
    }
}

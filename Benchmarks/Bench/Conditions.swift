import Glibc
import Synchronization

/// What all figures of a run have in common.
struct Conditions: Sendable {
    /// Where claverod and clavero-proxy are.
    var programs: String
    /// A Python environment with peers in it.
    let peers: String?
    let rounds: Int
    /// Seconds that each load is measured.
    let seconds: Double
    let directory: TemporaryDirectory
    /// Where servers run and where the load generator runs, if they are kept apart.
    let isPinned: Bool

    var serverProcessor: Int? { isPinned ? 0 : nil }

    func program(_ name: String) -> String { "\(programs)/\(name)" }

    /// A path that nothing has yet.
    func newPath(_ name: String) -> String {
        "\(directory.path)/\(name)-\(Self.counter.add(1, ordering: .relaxed).newValue)"
    }

    func log(_ name: String) -> String { newPath(name) + ".log" }

    private static let counter = Atomic(0)

    /// A load of this run's length.
    func load(
        _ port: UInt16, tls: TLSClient? = nil, connections: Int, inFlight: Int, request: [UInt8]
    ) -> Load {
        var load = Load(
            Target(port: port, tls: tls), connections: connections, inFlight: inFlight, request: request)
        load.seconds = seconds
        load.warmUp = seconds * 0.3
        return load
    }

    /// Measures ours and theirs in turn, round by round: what the machine does to one it does to the other.
    /// - Parameter rounds: as many as the run has, unless given.
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

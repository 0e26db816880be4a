import Foundation

/// The settings of a run, from the environment. `make chaos` sets the seed and the seconds.
struct ChaosSettings {
    /// The seed, from `CLAVERO_CHAOS_SEED`. The same seed gives each session the same requests in the same order, and
    /// the same faults.
    let seed: UInt64
    /// The seconds for which faults continue, from `CLAVERO_CHAOS_SECONDS`. If it is nil, each kind of fault happens
    /// once, and the test does not fail because the site is slow.
    private(set) var seconds: Int?
    /// The text that the description of a fault must contain, from `CLAVERO_CHAOS_ONLY`. Other faults are left out.
    let only: String

    static let current = ChaosSettings(ProcessInfo.processInfo.environment)

    init(_ environment: [String: String]) {
        seed = environment["CLAVERO_CHAOS_SEED"].flatMap(UInt64.init) ?? .random(in: 0..<1_000_000)
        seconds = environment["CLAVERO_CHAOS_SECONDS"].flatMap(Int.init)
        only = environment["CLAVERO_CHAOS_ONLY"] ?? ""
    }

    /// Whether each round has every fault at every place, and rounds follow until the time is over.
    var isLong: Bool { seconds != nil }
    /// The longest time that a recovery may take.
    var patience: Duration { isLong ? .seconds(2) : .seconds(60) }
    /// The minutes after which a test that hangs is ended.
    var minutes: Int { 8 + (seconds ?? 0) / 60 }

    /// Returns these settings with a part of the time, in tenths.
    func part(_ tenths: Int) -> ChaosSettings {
        var part = self
        part.seconds = seconds.map { $0 * tenths / 10 }
        return part
    }

    func wants(_ fault: Fault) -> Bool { only.isEmpty || "\(fault)".contains(only) }

    /// Writes a line to standard output at once.
    static func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }
}

/// SplitMix64 (Steele, Lea and Flood, 2014), a generator whose numbers depend only on the seed and the stream.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    /// Creates a generator. Each `stream` has numbers of its own.
    init(seed: UInt64, stream: Int) {
        state = seed &* 0x1000 &+ UInt64(stream)
        state = next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

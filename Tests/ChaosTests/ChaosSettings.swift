import Foundation

/// What a run is told from outside: `make chaos` sets both.
struct ChaosSettings {
    /// `CLAVERO_CHAOS_SEED`. The same one gives each session the same requests in the same order, and the same faults.
    let seed: UInt64
    /// `CLAVERO_CHAOS_SECONDS`: for how long faults go on. Without it each kind has its turn once, and nothing fails for
    /// being slow.
    private(set) var seconds: Int?
    /// `CLAVERO_CHAOS_ONLY`: faults in whose line this stands, and no others.
    let only: String

    static let current = ChaosSettings(ProcessInfo.processInfo.environment)

    init(_ environment: [String: String]) {
        seed = environment["CLAVERO_CHAOS_SEED"].flatMap(UInt64.init) ?? .random(in: 0..<1_000_000)
        seconds = environment["CLAVERO_CHAOS_SECONDS"].flatMap(Int.init)
        only = environment["CLAVERO_CHAOS_ONLY"] ?? ""
    }

    /// Each round has every fault at every place, until the time is over.
    var isLong: Bool { seconds != nil }
    /// How long what works again may take to be seen to.
    var patience: Duration { isLong ? .seconds(2) : .seconds(60) }
    /// When a test that hangs is ended.
    var minutes: Int { 8 + (seconds ?? 0) / 60 }

    /// The same for a part of the time, in tenths.
    func part(_ tenths: Int) -> ChaosSettings {
        var part = self
        part.seconds = seconds.map { $0 * tenths / 10 }
        return part
    }

    func wants(_ fault: Fault) -> Bool { only.isEmpty || "\(fault)".contains(only) }

    /// A line on standard output, at once.
    static func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): numbers that the seed decides.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    /// `stream`: each has numbers of its own.
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

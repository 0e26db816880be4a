/// The middle of several values, and how far apart they lie.
struct Spread: Equatable {
    let median: Double
    let minimum: Double
    let maximum: Double

    /// - Parameter values: at least one.
    init(_ values: [Double]) {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        minimum = sorted[0]
        maximum = sorted[sorted.count - 1]
    }
}

/// What a figure came to, over all rounds.
struct Measurement: Equatable {
    let ours: Spread
    let peer: Spread?
    /// Of the ratios of the rounds, not of the medians.
    let ratio: Spread?
    /// What has to be known to read it.
    var note: String?

    init(_ rounds: [(ours: Double, peer: Double)]) {
        ours = Spread(rounds.map(\.ours))
        peer = Spread(rounds.map(\.peer))
        ratio = Spread(rounds.map { $0.ours / $0.peer })
    }

    init(ours: [Double]) {
        self.ours = Spread(ours)
        (peer, ratio) = (nil, nil)
    }
}

/// What a figure should be.
enum Goal: Equatable {
    /// Ours over the peer's.
    case ratioAtLeast(Double)
    case ratioAtMost(Double)
    /// Ours by itself, in the figure's unit.
    case atMost(Double)
    case atLeast(Double)

    /// Nil if there is nothing to judge.
    func isMet(by measurement: Measurement) -> Bool? {
        switch self {
        case .ratioAtLeast(let bound): measurement.ratio.map { $0.median >= bound }
        case .ratioAtMost(let bound): measurement.ratio.map { $0.median <= bound }
        case .atMost(let bound): measurement.ours.median <= bound
        case .atLeast(let bound): measurement.ours.median >= bound
        }
    }
}

/// What a figure is counted in, and how that is shown.
enum Unit {
    case perSecond
    /// Shown as megabytes a second; given in bytes a second.
    case bytesPerSecond
    /// Given in nanoseconds.
    case microseconds
    /// Given in nanoseconds.
    case milliseconds
    case bytes
    /// Given in bytes.
    case mebibytes

    var name: String {
        switch self {
        case .perSecond: "/s"
        case .bytesPerSecond: "MB/s"
        case .microseconds: "us"
        case .milliseconds: "ms"
        case .bytes: "B"
        case .mebibytes: "MiB"
        }
    }

    /// What one of it is, in what values are given in.
    var scale: Double {
        switch self {
        case .perSecond, .bytes: 1
        case .bytesPerSecond, .milliseconds: 1e6
        case .microseconds: 1e3
        case .mebibytes: 1_048_576
        }
    }

    /// - Parameter value: as it is given.
    func text(_ value: Double) -> String {
        let value = value / scale
        return value.magnitude < 100 ? Numbers.fixed(value, digits: 1) : Numbers.grouped(value)
    }
}

/// One line of the table: what is measured, against whom, and how.
protocol Figure: Sendable {
    /// Several may have the same: the parts of one figure.
    var number: Int { get }
    var title: String { get }
    /// What it is compared with, in a few words.
    var peer: String { get }
    var unit: Unit { get }
    var goal: Goal { get }

    /// Starts what it needs, measures, and ends what it started.
    func measure(_ conditions: Conditions) throws -> Measurement
}

/// The median of several values, and their range.
struct Spread: Equatable {
    let median: Double
    let minimum: Double
    let maximum: Double

    /// Computes the spread.
    ///
    /// - Parameter values: At least one value.
    init(_ values: [Double]) {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        minimum = sorted[0]
        maximum = sorted[sorted.count - 1]
    }
}

/// The results of a figure, over all rounds.
struct Measurement: Equatable {
    let ours: Spread
    let peer: Spread?
    /// The spread of the ratios of the rounds. It is not the ratio of the medians.
    let ratio: Spread?
    /// A remark that a reader of the result needs.
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

/// The goal of a figure.
enum Goal: Equatable {
    /// A bound on the ratio of ours over the peer's.
    case ratioAtLeast(Double)
    case ratioAtMost(Double)
    /// A bound on ours alone, in the figure's unit.
    case atMost(Double)
    case atLeast(Double)

    /// Returns whether the goal is met; nil if it cannot be judged.
    func isMet(by measurement: Measurement) -> Bool? {
        switch self {
        case .ratioAtLeast(let bound): measurement.ratio.map { $0.median >= bound }
        case .ratioAtMost(let bound): measurement.ratio.map { $0.median <= bound }
        case .atMost(let bound): measurement.ours.median <= bound
        case .atLeast(let bound): measurement.ours.median >= bound
        }
    }
}

/// The unit of a figure, and its form in the table.
enum Unit {
    case perSecond
    /// Values are in bytes a second, and are shown as megabytes a second.
    case bytesPerSecond
    /// Values are in nanoseconds.
    case microseconds
    /// Values are in nanoseconds.
    case milliseconds
    case bytes
    /// Values are in bytes.
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

    /// The number of which one unit consists, in the scale of the values.
    var scale: Double {
        switch self {
        case .perSecond, .bytes: 1
        case .bytesPerSecond, .milliseconds: 1e6
        case .microseconds: 1e3
        case .mebibytes: 1_048_576
        }
    }

    /// Returns the text of a value.
    ///
    /// - Parameter value: The value before it is divided by the scale.
    func text(_ value: Double) -> String {
        let value = value / scale
        return value.magnitude < 100 ? Numbers.fixed(value, digits: 1) : Numbers.grouped(value)
    }
}

/// A line of the table: the measurement, its peer, and its goal.
protocol Figure: Sendable {
    /// The number of the figure. Parts of one figure have the same number.
    var number: Int { get }
    var title: String { get }
    /// The peer with which the figure is compared, in a few words.
    var peer: String { get }
    var unit: Unit { get }
    var goal: Goal { get }

    /// Starts the programs that the figure needs, measures, and ends them.
    func measure(_ conditions: Conditions) throws -> Measurement
}

/// The counts of a histogram's buckets at one time, or the difference between two times.
package struct HistogramReading: Sendable, Equatable {
    /// The observations in each single bucket. The last one holds those above all bounds.
    package private(set) var counts: [Int]

    /// Creates a reading of the buckets that all histograms of this program have.
    package init(_ counts: [Int] = []) {
        precondition(counts.isEmpty || counts.count == HistogramCell.bounds.count + 1)
        self.counts = counts.isEmpty ? Array(repeating: 0, count: HistogramCell.bounds.count + 1) : counts
    }

    /// The number of observations.
    package var total: Int { counts.reduce(0, +) }

    package static func + (left: Self, right: Self) -> Self { Self(zip(left.counts, right.counts).map(+)) }

    /// Returns the observations of `left` that `right` does not have yet.
    package static func - (left: Self, right: Self) -> Self {
        Self(zip(left.counts, right.counts).map { max(0, $0 - $1) })
    }

    /// Returns the duration, in seconds, that a share of the observations does not exceed, such as 0.99 for the 99th
    /// percentile. It is estimated as Prometheus' `histogram_quantile` does: durations are taken to be spread evenly
    /// in their bucket, and one above all bounds counts as the highest bound.
    ///
    /// - Returns: nil if there are no observations.
    package func quantile(_ share: Double) -> Double? {
        let rank = share * Double(total)
        guard total > 0 else { return nil }
        var before = 0.0
        for (count, (lower, upper)) in zip(counts, zip([0] + HistogramCell.bounds, HistogramCell.bounds)) {
            if before + Double(count) >= rank, count > 0 {
                let part = (rank - before) / Double(count)
                return (Double(lower) + Double(upper - lower) * part) / 1e9
            }
            before += Double(count)
        }
        return Double(HistogramCell.bounds.last!) / 1e9
    }
}

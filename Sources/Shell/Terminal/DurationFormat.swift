/// The text form of durations.
enum DurationFormat {
    /// Returns the duration with three digits in a suitable unit: `0.42 ms`, `12.3 ms` or `1.25 s`.
    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = Double(seconds) * 1e3 + Double(attoseconds) / 1e15
        return milliseconds < 1000 ? "\(digits(milliseconds)) ms" : "\(digits(milliseconds / 1000)) s"
    }

    private static func digits(_ value: Double) -> String {
        let scale = value < 10 ? 100.0 : value < 100 ? 10 : 1
        let rounded = (value * scale).rounded()
        let whole = Int(rounded) / Int(scale)
        let rest = String(Int(rounded) % Int(scale))
        let width = scale == 100 ? 2 : scale == 10 ? 1 : 0
        return width == 0 ? "\(whole)" : "\(whole).\(String(repeating: "0", count: width - rest.count))\(rest)"
    }
}

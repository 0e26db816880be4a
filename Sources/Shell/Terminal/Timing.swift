/// How long something took, for people.
enum Timing {
    /// `0.42 ms`, `12.3 ms`, `1.25 s`: three digits, of a unit that suits.
    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = Double(seconds) * 1e3 + Double(attoseconds) / 1e15
        return milliseconds < 1000 ? "\(digits(milliseconds)) ms" : "\(digits(milliseconds / 1000)) s"
    }

    private static func digits(_ value: Double) -> String {
        let places = value < 10 ? 100.0 : value < 100 ? 10 : 1
        let rounded = (value * places).rounded()
        let whole = Int(rounded) / Int(places)
        let rest = String(Int(rounded) % Int(places))
        let width = places == 100 ? 2 : places == 10 ? 1 : 0
        return width == 0 ? "\(whole)" : "\(whole).\(String(repeating: "0", count: width - rest.count))\(rest)"
    }
}

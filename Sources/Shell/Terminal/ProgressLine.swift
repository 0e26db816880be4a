/// The progress of a transfer, as a line of text.
struct ProgressLine: Equatable {
    let done: Int
    let total: Int
    /// The duration of the transfer so far, in seconds.
    let seconds: Double

    /// Returns a line such as `[########--------]  45 %  12.3 MB/s  0:03 left`, or as much of it as fits into
    /// `columns`.
    func text(columns: Int) -> String {
        let share = total > 0 ? min(1, Double(done) / Double(total)) : 1
        let percent = "\(Int(share * 100)) %"
        let figures = [Self.pad(percent, 5), Self.pad(rate, 9), left].joined(separator: "  ")
        let room = columns - 1 - figures.count - 4
        guard room >= 4 else {
            return String((figures.count < columns ? figures : percent).prefix(max(0, columns - 1)))
        }
        let length = min(room, 40)
        let filled = Int(share * Double(length))
        return "[\(String(repeating: "#", count: filled))\(String(repeating: "-", count: length - filled))]  \(figures)"
    }

    private var rate: String {
        guard seconds > 0 else { return "" }
        var value = Double(done) / seconds
        for unit in ["B", "kB", "MB"] {
            if value < 1000 { return "\(Self.digits(value)) \(unit)/s" }
            value /= 1000
        }
        return "\(Self.digits(value)) GB/s"
    }

    /// The remaining time at the rate so far, such as `0:03 left`.
    private var left: String {
        guard done > 0, seconds > 0 else { return "" }
        let rest = Int((Double(max(0, total - done)) * seconds / Double(done)).rounded(.up))
        let (minutes, last) = (rest / 60, rest % 60)
        let tail = (last < 10 ? "0" : "") + "\(last)"
        if minutes < 60 { return "\(minutes):\(tail) left" }
        return "\(minutes / 60):\(minutes % 60 < 10 ? "0" : "")\(minutes % 60):\(tail) left"
    }

    private static func digits(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return value < 99.95 ? "\(tenths / 10).\(tenths % 10)" : "\(Int(value.rounded()))"
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

import Foundation

/// Numbers and times as people read them.
package enum StatusText {
    /// Returns a number with a blank before each group of three digits, such as `12 345`.
    package static func number(_ value: Int) -> String {
        var digits = String(value.magnitude)
        var groups: [Substring] = []
        while digits.count > 3 {
            groups.insert(digits.suffix(3), at: 0)
            digits.removeLast(3)
        }
        return (value < 0 ? "-" : "") + ([digits[...]] + groups).joined(separator: " ")
    }

    /// Returns a number with at most one decimal, and with two if it is small.
    package static func decimal(_ value: Double) -> String {
        let text = value < 1 ? String(format: "%.2f", value) : value < 10 ? String(format: "%.1f", value) : nil
        guard let text else { return number(Int(value.rounded())) }
        return text.replacing(/\.?0+$/, with: "")
    }

    /// Returns a short time, given in seconds, such as `0.25 ms` or `1.5 s`.
    package static func time(_ seconds: Double) -> String {
        seconds < 1 ? "\(decimal(seconds * 1000)) ms" : "\(decimal(seconds)) s"
    }

    /// Returns a long time in its two largest units, such as `3 d 4 h`.
    package static func span(_ duration: Duration) -> String {
        let seconds = Int(duration.components.seconds)
        let parts = [
            ("d", seconds / 86_400), ("h", seconds / 3600 % 24), ("min", seconds / 60 % 60), ("s", seconds % 60),
        ]
        let shown = parts.drop { $0.1 == 0 }.prefix(2).filter { $0.1 > 0 }
        return shown.isEmpty ? "0 s" : shown.map { "\($0.1) \($0.0)" }.joined(separator: " ")
    }

    /// Returns a number of bytes, such as `12 MiB`.
    package static func bytes(_ count: Int) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var (value, unit) = (Double(count), 0)
        while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
        return "\(decimal(value)) \(units[unit])"
    }
}

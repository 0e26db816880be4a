/// The forms in which numbers are shown.
enum Numbers {
    /// Returns the number with `digits` digits after the point.
    static func fixed(_ value: Double, digits: Int) -> String {
        guard value.isFinite else { return "-" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let whole = Int((value.magnitude * scale).rounded())
        let sign = value < 0 && whole > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(whole)" }
        let text = String(repeating: "0", count: max(0, digits + 1 - String(whole).count)) + String(whole)
        return "\(sign)\(text.dropLast(digits)).\(text.suffix(digits))"
    }

    /// Returns a whole number with a comma before each group of three digits.
    static func grouped(_ value: Double) -> String {
        let digits = Array(fixed(value, digits: 0))
        return digits.indices.reduce(into: "") { text, index in
            let left = digits.count - index
            if left % 3 == 0, index > 0, digits[index - 1] != "-" { text += "," }
            text.append(digits[index])
        }
    }
}

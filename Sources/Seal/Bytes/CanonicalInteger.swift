extension FixedWidthInteger {
    /// Reads a decimal number; nil unless `text` is its only spelling: digits without a leading zero.
    package init?(canonical text: some StringProtocol) {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            text.utf8.count == 1 || text.utf8.first != UInt8(ascii: "0")
        else { return nil }
        self.init(text, radix: 10)
    }
}

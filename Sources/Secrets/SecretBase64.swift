import Armor

extension SecretBytes {
    /// Decodes padded base64 into memory that is wiped. Returns nil if `text` is anything else. Blank space before
    /// and after the base64 is ignored, such as the line end of a key file.
    package convenience init?(base64 text: RawSpan) {
        let digits = text.extracting(Self.unblank(text))
        guard let count = Base64.decodedCount(of: digits, padded: true) else { return nil }
        do {
            try self.init(count: count) { output in
                guard Base64.decode(digits, padded: true, into: output) else { throw NotBase64() }
            }
        } catch {
            return nil
        }
    }

    private struct NotBase64: Error {}

    private static func unblank(_ text: RawSpan) -> Range<Int> {
        text.withUnsafeBytes { bytes in
            let isBlank = { (byte: UInt8) in " \t\r\n".utf8.contains(byte) }
            let start = bytes.firstIndex { !isBlank($0) } ?? bytes.endIndex
            let end = bytes.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? start
            return start..<end
        }
    }
}

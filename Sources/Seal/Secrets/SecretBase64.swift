import Armor

extension SecretBytes {
    /// The bytes that `text` writes in padded base64, decoded into memory that is wiped; nil if it is not exactly that.
    /// Blank space may stand before and after it, as the line end of a key file does.
    package convenience init?(base64 text: RawSpan) {
        let digits = text.extracting(Self.unblank(text))
        guard let count = Base64.decodedCount(of: digits, padded: true) else { return nil }
        do throws(SealError) {
            try self.init(count: count) { (output) throws(SealError) in
                guard Base64.decode(digits, padded: true, into: output) else { throw .malformed }
            }
        } catch {
            return nil
        }
    }

    private static func unblank(_ text: RawSpan) -> Range<Int> {
        text.withUnsafeBytes { bytes in
            let isBlank = { (byte: UInt8) in " \t\r\n".utf8.contains(byte) }
            let start = bytes.firstIndex { !isBlank($0) } ?? bytes.endIndex
            let end = bytes.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? start
            return start..<end
        }
    }
}

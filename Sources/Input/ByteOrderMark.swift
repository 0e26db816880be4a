/// The mark with which some editors begin a file in UTF-8 (RFC 3629, section 6). It is not part of the text, so every
/// reader of a text file skips it.
package enum ByteOrderMark {
    private static let bytes: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Returns the number of bytes to skip at the beginning of a file: 3 if it begins with the mark, and otherwise 0.
    package static func count(at beginning: some Sequence<UInt8>) -> Int {
        beginning.starts(with: bytes) ? bytes.count : 0
    }
}

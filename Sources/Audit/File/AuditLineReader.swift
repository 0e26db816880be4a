import Glibc

/// Reads the lines of an open file, with one block of it in memory.
struct AuditLineReader {
    enum Line: Equatable {
        /// A line without its LF.
        case line([UInt8])
        /// A line that is longer than any line of a log. It is skipped.
        case overlong
        /// The last line, if it has no LF.
        case incomplete(count: Int)
    }

    private let descriptor: Int32
    private let path: String
    private var block = [UInt8](repeating: 0, count: 1 << 16)
    private var position = 0
    private var filled = 0

    init(descriptor: Int32, path: String) {
        (self.descriptor, self.path) = (descriptor, path)
    }

    /// Returns the next line; nil after the last one.
    mutating func next() throws(AuditError) -> Line? {
        var line: [UInt8] = []
        var count = 0
        while true {
            if position == filled { try fill() }
            guard filled > 0 else { return count == 0 ? nil : .incomplete(count: count) }
            let end = block[position..<filled].firstIndex(of: UInt8(ascii: "\n")) ?? filled
            count += end - position
            if count <= AuditFormat.lineBound { line += block[position..<end] }
            position = min(end + 1, filled)
            if end < filled { return count <= AuditFormat.lineBound ? .line(line) : .overlong }
        }
    }

    private mutating func fill() throws(AuditError) {
        var count: Int
        repeat {
            count = block.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        } while count < 0 && errno == EINTR
        guard count >= 0 else { throw AuditError(errnoAt: path) }
        (position, filled) = (0, count)
    }
}

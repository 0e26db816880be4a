import Glibc

/// The lines of an open file, a block in memory at a time.
struct LineReader {
    enum Line: Equatable {
        /// Without its LF.
        case line([UInt8])
        /// Longer than any line of a log, and passed over.
        case overlong
        /// The last one, which has no LF.
        case incomplete(octets: Int)
    }

    private let descriptor: Int32
    private let path: String
    private var block = [UInt8](repeating: 0, count: 1 << 16)
    private var place = 0
    private var filled = 0

    init(descriptor: Int32, path: String) {
        (self.descriptor, self.path) = (descriptor, path)
    }

    /// Nil after the last one.
    mutating func next() throws(AuditError) -> Line? {
        var line: [UInt8] = []
        var octets = 0
        while true {
            if place == filled { try fill() }
            guard filled > 0 else { return octets == 0 ? nil : .incomplete(octets: octets) }
            let end = block[place..<filled].firstIndex(of: UInt8(ascii: "\n")) ?? filled
            octets += end - place
            if octets <= AuditFormat.lineBound { line += block[place..<end] }
            place = min(end + 1, filled)
            if end < filled { return octets <= AuditFormat.lineBound ? .line(line) : .overlong }
        }
    }

    private mutating func fill() throws(AuditError) {
        var count: Int
        repeat {
            count = block.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        } while count < 0 && errno == EINTR
        guard count >= 0 else { throw AuditError(errnoAt: path) }
        (place, filled) = (0, count)
    }
}

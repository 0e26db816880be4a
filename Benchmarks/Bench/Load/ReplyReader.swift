import CGNU
import Glibc

/// The form of the replies of a protocol, by which their end is found.
enum ReplyShape: Sendable {
    /// Each reply is a line.
    case line
    /// Clavero's form: the end of a line may announce a literal, by `{n}`. Then n bytes follow, and the line
    /// continues after them.
    case literal
    /// HTTP/1.1 with Content-Length.
    case http
}

/// Counts the complete replies in the bytes that were read, wherever a read ends. It also checks the beginning of
/// each reply.
struct ReplyReader {
    private let shape: ReplyShape
    private let expected: [UInt8]
    /// The bytes of a body that are still missing. Its reply has not been counted yet.
    private var missing = 0
    private var isInBody = false

    init(_ shape: ReplyShape, expecting expected: String) {
        self.shape = shape
        self.expected = Array(expected.utf8)
    }

    /// Counts the complete replies.
    ///
    /// - Parameter bytes: The bytes that were left over last time, and those that were read since.
    /// - Returns: The number of complete replies, and the number of bytes that were used up. The rest must be passed
    ///   again.
    mutating func read(_ bytes: UnsafeRawBufferPointer) throws(LoadError) -> (replies: Int, used: Int) {
        var replies = 0
        var used = 0
        while used < bytes.count {
            if isInBody {
                let part = min(missing, bytes.count - used)
                missing -= part
                used += part
                guard missing == 0 else { break }
                isInBody = false
                replies += 1
                continue
            }
            guard let head = try headLength(UnsafeRawBufferPointer(rebasing: bytes[used...])) else { break }
            let body = try bodyLength(behind: UnsafeRawBufferPointer(rebasing: bytes[used..<used + head]))
            used += head
            if body == 0 {
                replies += 1
            } else {
                missing = body
                isInBody = true
            }
        }
        return (replies, used)
    }

    /// Returns the length of the reply up to its body, in bytes; nil while it is not complete.
    ///
    /// - Throws: `LoadError` if the reply does not begin as expected.
    private func headLength(_ bytes: UnsafeRawBufferPointer) throws(LoadError) -> Int? {
        let begin = bytes.baseAddress!
        let known = min(bytes.count, expected.count)
        guard memcmp(begin, expected, known) == 0 else { throw .unexpected(bytes, instead: expected) }
        if shape == .http {
            return memmem(begin, bytes.count, "\r\n\r\n", 4).map { $0 - UnsafeMutableRawPointer(mutating: begin) + 4 }
        }
        return memchr(begin, 0x0A, bytes.count).map { $0 - UnsafeMutableRawPointer(mutating: begin) + 1 }
    }

    private func bodyLength(behind head: UnsafeRawBufferPointer) throws(LoadError) -> Int {
        switch shape {
        case .line: 0
        case .literal: Self.literal(behind: head).map { $0 + 2 } ?? 0
        case .http: try Self.contentLength(in: head)
        }
    }

    /// Returns the `n` of a line that ends in `{n}`, CR and LF; nil for any other line.
    private static func literal(behind line: UnsafeRawBufferPointer) -> Int? {
        guard line.count > 4, line[line.count - 3] == UInt8(ascii: "}"),
            let brace = line.lastIndex(of: UInt8(ascii: "{"))
        else { return nil }
        return number(line[(brace + 1)..<(line.count - 3)])
    }

    private static func contentLength(in head: UnsafeRawBufferPointer) throws(LoadError) -> Int {
        let name: StaticString = "\r\nContent-Length: "
        guard let found = memmem(head.baseAddress!, head.count, name.utf8Start, name.utf8CodeUnitCount) else {
            throw LoadError("a reply without Content-Length: \"\(LoadError.shown(head.prefix(160)))\"")
        }
        let begin = found - UnsafeMutableRawPointer(mutating: head.baseAddress!) + name.utf8CodeUnitCount
        let digits = head[begin...].prefix { $0 != 0x0D }
        guard let length = number(digits) else { throw LoadError("a Content-Length that is no number") }
        return length
    }

    private static func number(_ digits: Slice<UnsafeRawBufferPointer>) -> Int? {
        guard !digits.isEmpty, digits.count < 16 else { return nil }
        var value = 0
        for digit in digits {
            guard 0x30..<0x3A ~= digit else { return nil }
            value = value * 10 + Int(digit - 0x30)
        }
        return value
    }
}

import Glibc
import NIOCore

/// One reply as its client reads it.
///
///     reply   = *(code "-" text CRLF) code SP text [literal] CRLF
///     literal = "{" n "}" CRLF n*OCTET
package struct WrittenReply: Sendable, Equatable {
    package let code: Int
    let octets: ByteBuffer

    init(code: Int, octets: ByteBuffer) {
        (self.code, self.octets) = (code, octets)
    }

    /// Takes octets that somebody else has written; nil unless they are exactly one reply with a final code, 2yz, 4yz or
    /// 5yz. Nothing else is looked at.
    init?(checking octets: ByteBuffer) {
        guard let code = octets.withUnsafeReadableBytes({ Self.code(ofOne: $0) }) else { return nil }
        (self.code, self.octets) = (code, octets)
    }

    /// The reply, read; nil if that fails.
    func read() -> Reply? { Reply(reading: octets) }

    /// The code of the one reply that the octets are.
    private static func code(ofOne octets: UnsafeRawBufferPointer) -> Int? {
        guard let code = finalCode(octets) else { return nil }
        var start = 0
        while let end = lineEnd(octets, from: start) {
            guard end - start >= 4, (0..<3).allSatisfy({ octets[start + $0] == octets[$0] }) else { return nil }
            let isLast = octets[start + 3] == UInt8(ascii: " ")
            guard isLast || octets[start + 3] == UInt8(ascii: "-") else { return nil }
            let mark = octets[end - 1] == UInt8(ascii: "}") ? LiteralMark(endOf: octets[(start + 4)..<end]) : nil
            start = end + 2
            guard isLast else {
                guard mark == nil else { return nil }
                continue
            }
            guard let mark else { return start == octets.count ? code : nil }
            guard mark.waits, mark.count <= octets.count - start else { return nil }
            return isLineEnd(octets, at: start + mark.count) && start + mark.count + 2 == octets.count ? code : nil
        }
        return nil
    }

    private static func finalCode(_ octets: UnsafeRawBufferPointer) -> Int? {
        guard octets.count >= 6, [0x32, 0x34, 0x35].contains(octets[0]), 0x30...0x39 ~= octets[1],
            0x30...0x39 ~= octets[2]
        else { return nil }
        return Int(octets[0] & 0x0F) * 100 + Int(octets[1] & 0x0F) * 10 + Int(octets[2] & 0x0F)
    }

    /// Where the line ends that begins at `start`; nil if its first CR or LF is not its line end.
    private static func lineEnd(_ octets: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard start < octets.count, let base = octets.baseAddress else { return nil }
        let count = octets.count - start
        guard let found = memchr(base + start, Int32(UInt8(ascii: "\r")), count) else { return nil }
        let end = UnsafeRawPointer(found) - base
        guard isLineEnd(octets, at: end), memchr(base + start, Int32(UInt8(ascii: "\n")), end - start) == nil else {
            return nil
        }
        return end
    }

    private static func isLineEnd(_ octets: UnsafeRawBufferPointer, at place: Int) -> Bool {
        place >= 0 && place + 2 <= octets.count && octets[place] == UInt8(ascii: "\r")
            && octets[place + 1] == UInt8(ascii: "\n")
    }
}

extension Reply {
    /// Reads octets that are one reply and nothing else; nil where they are not.
    package init?(reading octets: ByteBuffer) {
        var (octets, stream, body) = (octets, ReplyStream(limits: .link), ByteBuffer())
        guard case .head(let head)? = try? stream.next(&octets) else { return nil }
        self = head.reply
        if head.bodyCount != nil {
            var isComplete = false
            while !isComplete, let event = try? stream.next(&octets) {
                switch event {
                case .part(var part): body.writeBuffer(&part)
                case .end: isComplete = true
                case .head: return nil
                }
            }
            guard isComplete else { return nil }
            self.body = body
        }
        guard octets.readableBytes == 0 else { return nil }
    }
}

extension Failure {
    /// What a server or a plugin answered is not one reply.
    package static let badReply = Failure(
        451, "4.3.0", "The server's answer cannot be read; the command may or may not have been run")
}

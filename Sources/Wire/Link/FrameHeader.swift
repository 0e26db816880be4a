import Glibc
import NIOCore

/// The line before a frame's payload. It says to which lane the frame belongs, how long the payload is, and what
/// changes for the lane.
///
///     header    = "#" lane SP length *(SP attribute) CRLF
///     attribute = "PEER=" peer / "TOKEN=" identity / "USER=" identity / "WINDOW=" number
///                 / "MORE" / "END" / "DROP"
///     identity  = token / name / "-"
///     number    = "0" / %x31-39 *DIGIT
///
/// This type is the only writer and the only reader of attributes. Both accept only the bytes that an attribute may
/// have.
package struct FrameHeader: Equatable {
    /// The account for which a lane acts.
    package enum Identity: Equatable {
        case nobody
        /// The account to which this token belongs. On a plugin's link, the value is the name of the account instead.
        case named(String)

        package init(_ name: String?) { self = name.map { .named($0) } ?? .nobody }

        package var name: String? { if case .named(let name) = self { name } else { nil } }
    }

    /// The maximum length of a header in bytes, with its line end.
    static let longest = 10 << 10
    /// The limit for the lanes of a proxy: their numbers are below this one. A server adds the number of the link to
    /// the lanes of its plugins. Lane 0 is the link itself.
    static let lanesEnd = Lane(1 << 44)

    package var lane: Lane
    /// The length of the payload in bytes.
    package var length: Int
    /// The attributes that change the lane. It is nil for nearly all frames, so that copies of a header are cheap.
    private var changes: Changes?
    /// The number of bytes of large messages that the sender of this frame has taken. The other end may send as many
    /// more.
    package var window = 0
    /// Whether the message continues in the lane's next frame.
    package var hasMore = false
    /// Whether the lane's session has ended.
    package var isEnd = false
    /// Whether the unfinished message in the lane will never be complete. The other end must discard it without a
    /// reply.
    package var isDrop = false

    package init(lane: Lane, length: Int = 0) {
        (self.lane, self.length) = (lane, length)
    }

    private final class Changes: Sendable {
        let peer: String?
        let token: Identity?
        let user: Identity?

        init(_ peer: String?, _ token: Identity?, _ user: Identity?) {
            (self.peer, self.token, self.user) = (peer, token, user)
        }
    }

    /// The address and port from which the lane's client connects.
    package var peer: String? {
        get { changes?.peer }
        set { changes = Changes(newValue, token, user) }
    }

    /// The token with which the lane acts from this message on; nil if it does not change.
    package var token: Identity? {
        get { changes?.token }
        set { changes = Changes(peer, newValue, user) }
    }

    /// The account for which the lane acts from this message on, as a plugin is told; nil if it does not change.
    package var user: Identity? {
        get { changes?.user }
        set { changes = Changes(peer, token, newValue) }
    }

    /// Whether the header changes the lane's client address or identity.
    var hasChanges: Bool { changes != nil }

    /// Whether the frame carries no message. Such a frame only opens a window, drops a message, or ends the lane.
    var isBare: Bool { (window > 0 || isEnd || isDrop) && length == 0 && !hasChanges && !hasMore }

    /// Whether the header has attributes. Notes, on lane 0, have none.
    var hasAttributes: Bool { hasChanges || window > 0 || hasMore || isEnd || isDrop }

    package static func == (left: FrameHeader, right: FrameHeader) -> Bool {
        left.lane == right.lane && left.length == right.length && left.window == right.window
            && left.hasMore == right.hasMore && left.isEnd == right.isEnd && left.isDrop == right.isDrop
            && (left.peer, left.token, left.user) == (right.peer, right.token, right.user)
    }

    // MARK: - Writing

    package func write(into out: inout ByteBuffer) {
        let attributes = attributes
        out.write(upTo: Self.room(for: attributes)) { write(attributes, into: &$0) }
    }

    /// Returns the maximum length in bytes of a header with these attributes.
    static func room(for attributes: String) -> Int { 2 * BoundedWriter.longestNumber + 5 + attributes.utf8.count }

    func write(_ attributes: String, into writer: inout BoundedWriter) {
        writer.write(UInt8(ascii: "#"))
        writer.write(lane.number)
        writer.write(UInt8(ascii: " "))
        writer.write(UInt64(length))
        if !attributes.isEmpty { writer.write(attributes) }
        writer.writeLineEnd()
    }

    /// The attributes in their written form. An invalid address is written as `[::]:0`, and an invalid identity as
    /// `-`.
    var attributes: String {
        guard hasAttributes else { return "" }
        var text = ""
        if let peer { text += " PEER=\(LinkFields.isPeer(peer) ? peer : "[::]:0")" }
        if let token { text += " TOKEN=\(Self.text(of: token, LinkFields.isToken))" }
        if let user { text += " USER=\(Self.text(of: user, LinkFields.isAccount))" }
        if window > 0 { text += " WINDOW=\(window)" }
        if hasMore { text += " MORE" }
        if isEnd { text += " END" }
        if isDrop { text += " DROP" }
        return text
    }

    private static func text(of identity: Identity, _ isValid: (String) -> Bool) -> String {
        identity.name.flatMap { isValid($0) ? $0 : nil } ?? "-"
    }

    // MARK: - Reading

    /// Reads a header without its line end.
    ///
    /// - Parameter longest: The maximum length of a payload in bytes.
    /// - Throws: A fault if the header is malformed or its payload is too long.
    init(_ line: UnsafeRawBufferPointer, longest: Int) throws(WireFault) {
        var line = FieldReader(line)
        guard line.take(UInt8(ascii: "#")), let lane = line.number() else { throw WireFault("a frame without a lane") }
        guard line.take(UInt8(ascii: " ")), let length = line.number(), length <= UInt64(longest) else {
            throw WireFault("a frame without a length, or one that is too long")
        }
        (self.lane, self.length) = (Lane(lane), Int(length))
        while !line.isAtEnd {
            guard line.take(UInt8(ascii: " ")) else { throw WireFault("a frame whose header cannot be read") }
            try readAttribute(line.word())
        }
    }

    private mutating func readAttribute(_ word: Slice<UnsafeRawBufferPointer>) throws(WireFault) {
        let name = word.prefix { $0 != UInt8(ascii: "=") }
        let hasValue = name.endIndex < word.endIndex
        let value = hasValue ? String(decoding: word[(name.endIndex + 1)...], as: UTF8.self) : nil
        switch (String(decoding: name, as: UTF8.self), value) {
        case ("MORE", nil) where !hasMore: hasMore = true
        case ("END", nil) where !isEnd: isEnd = true
        case ("DROP", nil) where !isDrop: isDrop = true
        case ("PEER", let peer?) where self.peer == nil && LinkFields.isPeer(peer): self.peer = peer
        case ("TOKEN", let token?) where self.token == nil && (token == "-" || LinkFields.isToken(token)):
            self.token = Identity(token == "-" ? nil : token)
        case ("USER", let user?) where self.user == nil && (user == "-" || LinkFields.isAccount(user)):
            self.user = Identity(user == "-" ? nil : user)
        case ("WINDOW", _?) where window == 0:
            var digits = FieldReader(UnsafeRawBufferPointer(rebasing: word[(name.endIndex + 1)...]))
            guard let number = digits.number(), digits.isAtEnd, 1...UInt64(Int32.max) ~= number else {
                throw WireFault("a frame whose WINDOW is none")
            }
            window = Int(number)
        default: throw WireFault("a frame with an attribute that is unknown, doubled or not of its kind")
        }
    }
}

/// A reader that takes the fields of a line one after the other.
struct FieldReader {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { offset == bytes.count }

    /// Takes the next byte if it is `byte`.
    ///
    /// - Returns: Whether the byte was taken.
    mutating func take(_ byte: UInt8) -> Bool {
        guard offset < bytes.count, bytes[offset] == byte else { return false }
        offset += 1
        return true
    }

    /// Takes a decimal number without leading zeros.
    ///
    /// - Returns: nil if no such number follows or it does not fit.
    mutating func number() -> UInt64? {
        let start = offset
        var number: UInt64 = 0
        while offset < bytes.count, 0x30...0x39 ~= bytes[offset] {
            let (tens, isLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, isLarger) = tens.addingReportingOverflow(UInt64(bytes[offset] & 0x0F))
            guard !isLarge, !isLarger else { return nil }
            number = sum
            offset += 1
        }
        guard offset > start, offset == start + 1 || bytes[start] != UInt8(ascii: "0") else { return nil }
        return number
    }

    /// Takes the bytes up to the next byte `end` or to the end of the line. The byte `end` itself is not taken.
    mutating func word(until end: UInt8 = UInt8(ascii: " ")) -> Slice<UnsafeRawBufferPointer> {
        let start = offset
        while offset < bytes.count, bytes[offset] != end { offset += 1 }
        return bytes[start..<offset]
    }

    /// Takes a verb.
    ///
    /// - Returns: nil if no verb follows.
    mutating func verb() -> Verb? {
        guard let (verb, count) = Verb.read(UnsafeRawBufferPointer(rebasing: bytes[offset...])) else { return nil }
        offset += count
        return verb
    }

    /// Takes the bytes of `text` if they follow.
    ///
    /// - Returns: Whether they were taken.
    mutating func take(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard bytes.count - offset >= count, memcmp(bytes.baseAddress! + offset, text.utf8Start, count) == 0 else {
            return false
        }
        offset += count
        return true
    }
}

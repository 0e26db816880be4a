/// Returns the text of a frame of a link: its header, and the bytes of `payload`.
///
/// Tests write and read frames by this file alone. It uses no code of the product, so it can find errors in it.
package func frame(_ lane: some BinaryInteger, _ payload: String = "", _ attributes: String...) -> String {
    let words = ["#\(lane)", "\(payload.utf8.count)"] + attributes.filter { !$0.isEmpty }
    return words.joined(separator: " ") + "\r\n\(payload)"
}

/// Returns the text of a note, which is a frame on lane 0.
package func note(_ line: String) -> String { frame(0, "\(line)\r\n") }

/// A frame of a link, as a test read it.
package struct TestFrame: Equatable, Sendable, CustomStringConvertible {
    package let lane: Int
    package let attributes: [String]
    package let bytes: [UInt8]

    package init(lane: Int, attributes: [String], bytes: [UInt8]) {
        (self.lane, self.attributes, self.bytes) = (lane, attributes, bytes)
    }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    package var description: String { "#\(lane) \(bytes.count) \(attributes) \(text.debugDescription)" }

    /// The first line of the payload, without its CRLF.
    package var line: String { String(text.prefix { $0 != "\r\n" }) }

    /// Parses a header, which comes without its CRLF.
    ///
    /// - Throws: `Mismatch` for a header that breaks the grammar.
    private static func header(_ line: String) throws -> (lane: Int, length: Int, attributes: [String]) {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard line.utf8.count <= 10_238, words.count >= 2, words[0].first == "#",
            let lane = number(words[0].dropFirst()), lane < 1 << 44, let length = number(words[1][...])
        else { throw Mismatch("no header of a frame: \(line.debugDescription)") }
        let attributes = Array(words[2...])
        let keys = attributes.map { $0.prefix { $0 != "=" } }
        guard Set(keys).count == keys.count, attributes.allSatisfy(isAttribute) else {
            throw Mismatch("wrong attributes: \(line.debugDescription)")
        }
        return (lane, length, attributes)
    }

    /// Returns the number, or nil if the text is not its only valid spelling.
    private static func number(_ text: Substring) -> Int? {
        Int(text).flatMap { String($0) == text && $0 >= 0 ? $0 : nil }
    }

    private static func isAttribute(_ text: String) -> Bool {
        text.wholeMatch(
            of:
                #/
                MORE | END | WINDOW=(0|[1-9][0-9]*) | (TOKEN|USER)=[A-Za-z0-9._@+\-]+
                | PEER=(local|[0-9.]+:[0-9]+|\[[0-9a-f:.]+\]:[0-9]+)
                /#) != nil
    }

    /// Returns the frames in `bytes`.
    ///
    /// - Throws: `Mismatch` if bytes remain after the last frame.
    package static func all(in bytes: [UInt8]) throws -> [TestFrame] {
        var frames: [TestFrame] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            guard end > rest.startIndex, rest[end - 1] == UInt8(ascii: "\r") else { break }
            let header = try header(String(decoding: rest[..<(end - 1)], as: UTF8.self))
            rest = rest[(end + 1)...]
            guard rest.count >= header.length else { throw Mismatch("a frame that is cut off") }
            frames.append(
                TestFrame(lane: header.lane, attributes: header.attributes, bytes: Array(rest.prefix(header.length))))
            rest = rest.dropFirst(header.length)
        }
        guard rest.isEmpty else { throw Mismatch("no frame: \(String(decoding: rest, as: UTF8.self))") }
        return frames
    }

    fileprivate static func next(in conversation: Conversation) async throws -> TestFrame? {
        guard let line = try await conversation.line() else { return nil }
        let header = try header(line)
        return TestFrame(
            lane: header.lane, attributes: header.attributes, bytes: try await conversation.bytes(header.length))
    }
}

extension Conversation {
    /// Returns the next frame of the other end, or nil at the end. A PING before it is answered.
    package func frame() async throws -> TestFrame? {
        while let frame = try await TestFrame.next(in: self) {
            guard frame.lane == 0, let number = frame.line.wholeMatch(of: #/PING ([0-9]+)/#)?.1 else { return frame }
            try await write(note("PONG \(number)"))
        }
        return nil
    }
}

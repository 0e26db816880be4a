/// A client's end of a conversation, over any carrier.
package protocol Transport: Sendable {
    func write(_ bytes: [UInt8]) async throws
    /// Returns the next bytes, at least one; nil when the other end has closed.
    func read() async throws -> [UInt8]?
    /// Ends the client's output.
    func finish() async throws
    func close() async
}

/// Reads lines and a given number of bytes from a transport.
package final class Conversation {
    private let transport: any Transport
    private var buffer: [UInt8] = []

    package init(_ transport: any Transport) {
        self.transport = transport
    }

    /// Returns the next line without its CRLF; nil at the end.
    ///
    /// - Throws: `Mismatch` for a line that does not end in CRLF.
    package func line() async throws -> String? {
        var end = buffer.firstIndex(of: UInt8(ascii: "\n"))
        while end == nil {
            let seen = buffer.count
            guard let more = try await transport.read() else {
                guard buffer.isEmpty else { throw Mismatch("the conversation ends inside a line") }
                return nil
            }
            buffer += more
            end = buffer[seen...].firstIndex(of: UInt8(ascii: "\n"))
        }
        guard end! > 0, buffer[end! - 1] == UInt8(ascii: "\r") else { throw Mismatch("a reply line without CRLF") }
        defer { buffer.removeFirst(end! + 1) }
        return String(decoding: buffer[..<(end! - 1)], as: UTF8.self)
    }

    package func bytes(_ count: Int) async throws -> [UInt8] {
        while buffer.count < count {
            guard let more = try await transport.read() else {
                throw Mismatch("the conversation ends inside a literal")
            }
            buffer += more
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    /// Returns all lines of one reply.
    package func reply() async throws -> [String] {
        var lines: [String] = []
        while let line = try await line() {
            lines.append(line)
            if line.count < 4 || Array(line.utf8)[3] != UInt8(ascii: "-") { return lines }
        }
        throw Mismatch("the conversation ends inside a reply: \(lines)")
    }

    package func write(_ text: String) async throws { try await transport.write(Array(text.utf8)) }

    package func send(_ line: String) async throws { try await write("\(line)\r\n") }

    /// Sends a line, and returns the last line of the reply.
    package func ask(_ line: String) async throws -> String {
        try await send(line)
        return try await reply().last!
    }

    package func close() async { await transport.close() }
}

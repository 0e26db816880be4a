import TestKit
import Testing

extension Conversation {
    /// A connection to a server that has become a link and has said what it answers.
    static func link(to port: Int, patience: Int = 300) async throws -> Conversation {
        let link = Conversation(try SocketTransport(port: port, patience: patience))
        _ = try await link.line()
        try await link.send("* LINK 2")
        while let frame = try await link.frame(), frame.line != "READY" {}
        return link
    }

    /// A link to a server, of which only the last octets matter.
    static func linked(to port: Int) async throws -> SocketTransport {
        let socket = try SocketTransport(port: port)
        try await socket.write(Array("* LINK 2 1\r\n".utf8))
        var text = ""
        while !text.hasSuffix("READY\r\n") {
            guard let octets = try await socket.read() else { throw Mismatch("the link ended: \(text)") }
            text += String(decoding: octets, as: UTF8.self)
        }
        return socket
    }

    /// The next frame that has octets; one that gives back room is none of them.
    func message() async throws -> LinkFrame {
        while let frame = try await frame() { if !frame.octets.isEmpty { return frame } }
        throw Mismatch("the link ended")
    }

    /// Sends a message in several frames, of which the first has `attributes` too, with no more on their way than the
    /// other end has given room for. `room` is what it has given so far.
    func send(_ message: String, lane: Int, attributes: [String] = [], room: inout Int) async throws {
        var (rest, attributes) = (message.utf8[...], attributes)
        while !rest.isEmpty {
            let part = try #require(String(rest.prefix(65_536)))
            rest = rest.dropFirst(65_536)
            room -= part.utf8.count
            while room < 0 {
                let frame = try #require(try await frame())
                try #require(frame.lane == lane && frame.octets.isEmpty, "\(frame)")
                room += frame.window
            }
            if !rest.isEmpty { attributes.append("MORE") }
            try await write(TestKit.frame(lane, part, attributes.joined(separator: " ")))
            attributes = []
        }
    }

    /// Whether the other end closes the link, and says nothing more before.
    func isClosed() async -> Bool {
        do { return try await frame() == nil } catch { return false }
    }
}

extension LinkFrame {
    /// The room that it gives back.
    var window: Int {
        attributes.first { $0.hasPrefix("WINDOW=") }.flatMap { Int($0.dropFirst(7)) } ?? 0
    }
}

extension Client {
    /// Asks until the proxy has a link for the request.
    func askLinked(_ line: String) async throws -> String {
        while true {
            let reply = try await ask(line)
            guard reply.hasPrefix("451 4.4.1 ") || reply.hasPrefix("451 4.3.2 ") else { return reply }
        }
    }
}

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
    func message() async throws -> TestFrame {
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

    /// Whether the other end closes the link, whatever it says before.
    func isLost() async -> Bool {
        do { while try await frame() != nil {} } catch {}
        return true
    }

    /// Whether the other end closes the link, and says nothing more before.
    func isClosed() async -> Bool {
        do { return try await frame() == nil } catch { return false }
    }
}

extension TestFrame {
    /// The room that it gives back.
    var window: Int {
        attributes.first { $0.hasPrefix("WINDOW=") }.flatMap { Int($0.dropFirst(7)) } ?? 0
    }
}

/// A proxy over the real servers and a false one, on one thread, and a session of alice's.
struct FalseSite {
    let server: FalseServer
    let proxy: LiveSite.Daemon
    let client: Client
    private let monitor: Monitor

    /// `body` gets a link from the false server too, on which the proxy sends requests. After it the session goes on.
    static func run(_ body: (FalseSite, Conversation) async throws -> Void) async throws {
        try await LiveSite.run { site in
            let server = try FalseServer(patience: 30)
            let ports = [server.port, site.auth.port, site.keys.port]
            let proxy = try await LiveSite.Daemon(
                "clavero-proxy",
                ["--threads", "1", "--metrics", "127.0.0.1:0"]
                    + ports.flatMap { ["--upstream", "127.0.0.1:\($0)"] })
            let link = try await server.link()
            try await Ready.wait(port: proxy.port, threads: 1)
            let client = try await Client(port: proxy.port, as: "alice")
            let monitor = try await Monitor(proxy.program)
            let falseSite = FalseSite(server: server, proxy: proxy, client: client, monitor: monitor)
            try await falseSite.untilLinked()
            try await body(falseSite, link)
            try await client.expect("250 2.0.0 alice", to: "WHOAMI")
            await client.close()
        }
    }

    /// Another link, after one that was lost.
    func link() async throws -> Conversation {
        let link = try await server.link()
        try await untilLinked()
        return link
    }

    private func untilLinked() async throws {
        try await monitor.wait(for: 1, "clavero_proxy_links_ready{upstream=\"127.0.0.1:\(server.port)\"}")
    }

    /// Gives SPEAK, and takes it on the link: the lane.
    func speak(on link: Conversation) async throws -> Int {
        try await client.write("SPEAK x\r\n")
        let request = try await link.message()
        #expect(request.text == "SPEAK line word=1\r\nx")
        return request.lane
    }

    /// The last line of the reply that the client gets.
    func reply() async throws -> String { try await client.reply().last ?? "" }
}

import TestKit
import Testing

extension Conversation {
    /// Opens a link to a server, and reads the announcement of the server's commands up to READY.
    static func link(to port: Int, patience: Int = 300) async throws -> Conversation {
        let link = Conversation(try SocketTransport(port: port, patience: patience))
        _ = try await link.line()
        try await link.send("* LINK 2")
        while let frame = try await link.frame(), frame.line != "READY" {}
        return link
    }

    /// Opens a link to a server, and returns its socket. READY is the last text that was read.
    static func linked(to port: Int) async throws -> SocketTransport {
        let socket = try SocketTransport(port: port)
        try await socket.write(Array("* LINK 2 1\r\n".utf8))
        var text = ""
        while !text.hasSuffix("READY\r\n") {
            guard let bytes = try await socket.read() else { throw Mismatch("the link ended: \(text)") }
            text += String(decoding: bytes, as: UTF8.self)
        }
        return socket
    }

    /// Returns the next frame that has a payload. Frames that only grant more of the window are skipped.
    func message() async throws -> TestFrame {
        while let frame = try await frame() { if !frame.bytes.isEmpty { return frame } }
        throw Mismatch("the link ended")
    }

    /// Sends a message in several frames, and never sends more bytes than the other end has granted. The first frame
    /// also has `attributes`. `room` is the number of bytes that the other end still permits.
    func send(_ message: String, lane: Int, attributes: [String] = [], room: inout Int) async throws {
        var (rest, attributes) = (message.utf8[...], attributes)
        while !rest.isEmpty {
            let part = try #require(String(rest.prefix(65_536)))
            rest = rest.dropFirst(65_536)
            room -= part.utf8.count
            while room < 0 {
                let frame = try #require(try await frame())
                try #require(frame.lane == lane && frame.bytes.isEmpty, "\(frame)")
                room += frame.window
            }
            if !rest.isEmpty { attributes.append("MORE") }
            try await write(TestKit.frame(lane, part, attributes.joined(separator: " ")))
            attributes = []
        }
    }

    /// Whether the other end closes the link. It may send frames before that.
    func isLost() async -> Bool {
        do { while try await frame() != nil {} } catch {}
        return true
    }

    /// Whether the other end closes the link without sending another frame.
    func isClosed() async -> Bool {
        do { return try await frame() == nil } catch { return false }
    }
}

extension TestFrame {
    /// The number of bytes that the frame grants; 0 if it grants none.
    var window: Int {
        attributes.first { $0.hasPrefix("WINDOW=") }.flatMap { Int($0.dropFirst(7)) } ?? 0
    }
}

/// A proxy with one thread in front of the real servers and a false server, and a session of alice.
struct FalseSite {
    let server: FalseServer
    let proxy: LiveSite.Daemon
    let client: Client
    private let monitor: Monitor

    /// Runs `body` with a false site, and with the false server's link on which the proxy sends requests. Afterwards,
    /// expects that alice's session still works.
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

    /// Accepts a new link after one was lost, and waits until the proxy uses it.
    func link() async throws -> Conversation {
        let link = try await server.link()
        try await untilLinked()
        return link
    }

    private func untilLinked() async throws {
        try await monitor.wait(for: 1, "clavero_proxy_links_ready{upstream=\"127.0.0.1:\(server.port)\"}")
    }

    /// Sends SPEAK as the client, and takes the request from the link. Returns its lane.
    func speak(on link: Conversation) async throws -> Int {
        try await client.write("SPEAK x\r\n")
        let request = try await link.message()
        #expect(request.text == "SPEAK line word=1\r\nx")
        return request.lane
    }

    /// Returns the last line of the next reply to the client.
    func reply() async throws -> String { try await client.reply().last ?? "" }
}

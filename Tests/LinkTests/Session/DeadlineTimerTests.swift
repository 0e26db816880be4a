import NIOCore
import NIOEmbedded
import Testing
import Wire

@testable import Link

@Suite("The common timer of many sessions' deadlines")
struct DeadlineTimerTests {
    /// Sessions on one loop, whose deadline has passed at every check.
    private let loop = EmbeddedEventLoop()
    private let settings: SharedSessionSettings

    init() {
        var settings = SessionSettings()
        settings.timeouts = SessionTimeouts(idle: .nanoseconds(0))
        self.settings = SharedSessionSettings(settings, host: "here")
    }

    private func session(_ lane: Lane) throws -> EmbeddedChannel {
        let handler = SessionHandler(
            lane: lane, commands: SessionCommands(host: "here", limits: .session),
            responder: Router(over: []), settings: settings)
        let channel = EmbeddedChannel(handler: handler, loop: loop)
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        #expect(try channel.line() == "220 here Clavero ready\r\n")
        return channel
    }

    @Test("When a session leaves, it is no longer checked, and the others still are", arguments: 0..<3)
    func leaving(_ index: Int) throws {
        var sessions = try [1, 2, 3].map(session)
        let gone = sessions.remove(at: index)
        try gone.close().wait()
        loop.advanceTime(by: .milliseconds(1))
        for session in sessions { #expect(try session.line()?.hasPrefix("421 ") == true) }
        #expect(try gone.line() == nil)
    }
}

extension EmbeddedChannel {
    fileprivate func line() throws -> String? {
        try readOutbound(as: ByteBuffer.self).map { String(buffer: $0) }
    }
}

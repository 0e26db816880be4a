import NIOCore
import NIOEmbedded
import Testing
import Wire

@testable import Link

@Suite("The clock of many sessions' deadlines")
struct DeadlineClockTests {
    /// Sessions on one loop whose time is up whenever they are looked at.
    private let loop = EmbeddedEventLoop()
    private let settings: SharedSettings

    init() {
        var settings = SessionSettings()
        settings.deadlines = Deadlines(idle: .nanoseconds(0))
        self.settings = SharedSettings(settings, host: "here")
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

    @Test("Whichever session leaves, the others are looked at, and it is not", arguments: 0..<3)
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

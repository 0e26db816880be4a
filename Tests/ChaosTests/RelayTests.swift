import TestKit
import Testing

/// The tests of the relay that makes the faults of connections.
@Suite("The relay that breaks connections", .timeLimit(.minutes(5)))
struct RelayTests {
    private func withRelay(
        _ body: (Relay, FalseServer, _ client: SocketTransport, _ server: SocketTransport) async throws -> Void
    )
        async throws
    {
        let server = try FalseServer()
        let relay = try Relay(to: server.port)
        defer { relay.end() }
        let client = try SocketTransport(port: relay.port)
        let accepted = try await server.accept()
        try await body(relay, server, client, accepted)
        await client.close()
        await accepted.close()
    }

    private func read(_ count: Int, from transport: SocketTransport) async throws -> [UInt8] {
        try await Conversation(transport).bytes(count)
    }

    @Test("A relay carries all bytes and the end of the input")
    func carries() async throws {
        try await withRelay { _, _, client, server in
            let bytes = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 * 7) }
            async let sent: Void = client.write(bytes)
            #expect(try await read(bytes.count, from: server) == bytes)
            try await sent
            try await client.finish()
            #expect(try await server.read() == nil)
            // The other direction is still open.
            try await server.write([1])
            #expect(try await client.read() == [1])
        }
    }

    @Test("Bytes that a relay delays still arrive")
    func late() async throws {
        try await withRelay { relay, _, client, server in
            relay.set(.late(.milliseconds(200)))
            let start = ContinuousClock.now
            try await client.write([1, 2])
            #expect(try await read(2, from: server) == [1, 2])
            // Two clocks of one machine may differ by some milliseconds.
            #expect(start.duration(to: .now) >= .milliseconds(150))
        }
    }

    /// The bytes that were held back arrive when the relay works again. Meanwhile bytes in the other direction
    /// arrive, unless they are held back too.
    @Test("A silent relay carries nothing, and goes on where it stopped", arguments: [Relay.Manner.nothing, .deaf])
    func silence(_ manner: Relay.Manner) async throws {
        try await withRelay { relay, origin, client, server in
            relay.set(manner)
            try await server.write([1])
            if manner == .deaf {
                try await client.write([2])
                #expect(try await server.read() == [2])
            }
            // By the time that the relay has accepted another connection, it has looked at this one.
            let other = try SocketTransport(port: relay.port)
            let taken = try await origin.accept()
            #expect(!client.hasInput)
            relay.set(.well)
            #expect(try await client.read() == [1])
            await taken.close()
            await other.close()
        }
    }

    @Test("A cut ends existing connections and new ones")
    func cut() async throws {
        try await withRelay { relay, _, client, server in
            relay.set(.closed)
            #expect(await (try? client.read()) ?? nil == nil)
            #expect(await (try? server.read()) ?? nil == nil)
            let second = try? SocketTransport(port: relay.port)
            #expect(await (try? second?.read()) ?? nil == nil)
            await second?.close()
        }
    }
}

import ArgumentParser
import Link
import Logging
import NIOCore
import NIOPosix
import Synchronization
import TestKit
import Testing
import Wire

@testable import Daemon

@Suite("The metrics and probes of a daemon")
struct ProbeTests {
    @Test("Metrics are served on this machine alone, unless networks are named that may ask")
    func local() throws {
        for address in ["127.0.0.1:9464", "localhost:1", "[::1]:1", "unix:/run/clavero/metrics"] {
            #expect(try ObservationOptions.parse(["--metrics", address]).metrics?.description == address)
        }
        for address in ["0.0.0.0:9464", "[::]:9464", "*:9464", "192.0.2.1:1", "gate.example:1"] {
            let error = #expect(throws: (any Error).self) { try ObservationOptions.parse(["--metrics", address]) }
            let message = error.map { ObservationOptions.message(for: $0) }
            #expect(
                message
                    == """
                    --metrics must be an address of this machine, such as 127.0.0.1:9464, unless --metrics-clients \
                    names the networks that may ask
                    """)
            let options = ["--metrics", address, "--metrics-clients", "192.0.2.0/24, 2001:db8::/32"]
            #expect(
                try ObservationOptions.parse(options).clients.defaultValueDescription == "192.0.2.0/24,2001:db8::/32")
        }
        for networks in ["", ",", "192.0.2.0/24,", "192.0.2.0/33", "all", "10.0.0.0/8 172.16.0.0/12"] {
            #expect(throws: (any Error).self) { try ObservationOptions.parse(["--metrics-clients", networks]) }
        }
    }

    @Test("A client may ask if it is on this machine or in one of the networks")
    func clients() throws {
        let clients = try #require(ProbeClients(argument: "192.0.2.0/24,2001:db8::/32"))
        for (address, isAdmitted) in [
            ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("::ffff:127.0.0.1", true), ("192.0.2.255", true),
            ("::ffff:192.0.2.7", true), ("2001:db8::7", true), ("192.0.3.0", false), ("2001:db9::", false),
            ("::ffff:192.0.3.1", false), ("0.0.0.0", false), ("::", false), ("fe80::1", false),
        ] {
            let client = try SocketAddress(ipAddress: address, port: 1)
            #expect(clients.contain(client) == isAdmitted, "\(address)")
            #expect(ProbeClients.local.contain(client) == client.isLocal)
        }
        #expect(clients.contain(nil) && ProbeClients.local.contain(nil))
    }

    @Test("The log begins at the given level, and at info by default")
    func levels() throws {
        for level in Logger.Level.allCases {
            let options = try ObservationOptions.parse(["--log-level", "\(level)"])
            #expect(options.logger("x").logLevel == level)
        }
        #expect(try ObservationOptions.parse([]).logger("x").logLevel == .info)
    }

    @Test("A place is free again when neither the connection nor its answer needs it")
    func places() {
        let places = ProbeSlots(2)
        let take = {
            let slot = places.take {}
            slot?.isAsked()
            return slot
        }
        var kept = [take(), take()]
        #expect(kept.allSatisfy { $0 != nil } && take() == nil && take() == nil)
        let other = kept[0]
        kept[0] = nil
        #expect(take() == nil)
        #expect(other != nil)
        kept[1] = nil
        kept[1] = take()
        #expect(kept[1] != nil && take() == nil)
    }

    @Test("If no place is free, the connection that has waited longest for its request gives way")
    func waiting() {
        let places = ProbeSlots(8)
        let closed = Mutex([String]())
        let take = { (name: String, address: String?) in
            let network = address.map { Network(peer: "\($0):1", bits4: 32, bits6: 64) }
            return places.take(for: network) { closed.withLock { $0.append(name) } }
        }
        // One address may have a quarter of the places.
        var kept = [take("a1", "192.0.2.1"), take("a2", "192.0.2.1")]
        kept[0]?.isAsked()
        kept.append(take("a3", "192.0.2.1"))
        #expect(closed.withLock { $0 } == ["a2"])
        kept[2]?.isAsked()
        #expect(kept.allSatisfy { $0 != nil } && take("a4", "192.0.2.1") == nil)
        for number in 2...4 {
            kept += [take("b\(number)", "192.0.2.\(number)"), take("c\(number)", "192.0.2.\(number)")]
        }
        #expect(closed.withLock { $0 } == ["a2"])
        kept.append(take("d", nil))
        #expect(kept.last! != nil && closed.withLock { $0 } == ["a2", "b2"])
    }

    @Test("A client that hangs up early keeps its place until its line is made")
    func agentPlaces() async throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/agent"
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let latch = Latch()
        let check = AgentCheck(limit: .seconds(600)) {
            await latch.wait()
            return "up"
        }
        let listener = try await Daemon.answer(
            check, at: .unix(path: path), group: group, logger: Logger(label: "test"))
        for number in 1...Daemon.probeConnections {
            let caller = try SocketTransport(path: path)
            try await eventually { check.waitingCount >= number }
            await caller.reset()
        }
        let late = try SocketTransport(path: path, patience: 10)
        #expect(try await late.read() == nil)
        await late.close()
        latch.open()
        await listener.drain(limit: .seconds(1))
        try await group.shutdownGracefully()
    }

    @Test("A balancer gets an answer within the limit even if a daemon cannot tell its state")
    func agentLimit() async throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/agent"
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let latch = Latch()
        let check = AgentCheck(limit: .milliseconds(20)) {
            await latch.wait()
            return "up"
        }
        let listener = try await Daemon.answer(
            check, at: .unix(path: path), group: group, logger: Logger(label: "test"))
        // The loop makes more connections than may be open at one time, so no place is kept longer.
        for _ in 0..<2 * Daemon.probeConnections {
            let caller = try SocketTransport(path: path, patience: 10)
            let bytes = try #require(try await caller.read())
            #expect(String(decoding: bytes, as: UTF8.self) == "down #daemon: no answer within 0.02 seconds\n")
            await caller.close()
        }
        latch.open()
        await listener.drain(limit: .seconds(1))
        try await group.shutdownGracefully()
    }

    @Test("A daemon is ready when nothing is missing, and missing parts are listed in order")
    func readiness() async {
        let state = ServingState()
        let readiness = Readiness([{ state.missing }, { ["a: no", "b: no"] }])
        #expect(await readiness.missing == ["daemon: not listening yet", "a: no", "b: no"])
        state.become(.listening)
        #expect(await readiness.missing == ["a: no", "b: no"])
        #expect(await Readiness([{ state.missing }]).missing == [])
        state.become(.stopping)
        #expect(await readiness.missing == ["daemon: stopping", "a: no", "b: no"])
    }
}

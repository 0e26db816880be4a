import ArgumentParser
import Link
import Logging
import NIOCore
import NIOPosix
import Synchronization
import TestKit
import Testing

@testable import Daemon

@Suite("The metrics and probes of a daemon")
struct ProbeTests {
    @Test("Metrics are served on this machine only, without a log-in")
    func local() throws {
        for address in ["127.0.0.1:9464", "localhost:1", "[::1]:1", "unix:/run/clavero/metrics"] {
            #expect(try ObservationOptions.parse(["--metrics", address]).metrics?.description == address)
        }
        for address in ["0.0.0.0:9464", "[::]:9464", "192.0.2.1:1", "gate.example:1"] {
            let error = #expect(throws: (any Error).self) { try ObservationOptions.parse(["--metrics", address]) }
            let message = error.map { ObservationOptions.message(for: $0) }
            #expect(
                message
                    == "--metrics must be an address of this machine, such as 127.0.0.1:9464; its clients do not log in"
            )
        }
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
        var kept = [places.take(), places.take()]
        #expect(kept.allSatisfy { $0 != nil } && places.take() == nil && places.take() == nil)
        let other = kept[0]
        kept[0] = nil
        #expect(places.take() == nil)
        #expect(other != nil)
        kept[1] = nil
        kept[1] = places.take()
        #expect(kept[1] != nil && places.take() == nil)
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

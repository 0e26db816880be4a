import Foundation
import TestKit
import Testing

/// The daemons run under a service manager, which they notify by the datagrams of sd_notify(3).
@Suite("The service manager", .serialized, .timeLimit(.minutes(5)))
struct ServiceManagerTests {
    private static let proxy = ["--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1"]

    /// Returns whether a message is about a reload that began between `start` and now.
    private static func isReload(_ message: [String], since start: UInt64) throws -> Bool {
        let time = try #require(message.last?.split(separator: "=").last.flatMap { UInt64($0) })
        return message == ["RELOADING=1", "MONOTONIC_USEC=\(time)"] && (start...now).contains(time)
    }

    /// The time of the monotonic clock, in microseconds.
    private static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000
    }

    @Test(
        "The service manager is notified when a daemon is ready, reloads and stops",
        arguments: ["claverod", "clavero-proxy"],
        ["a path", "an abstract name"])
    func states(_ name: String, _ kind: String) async throws {
        let directory = try TemporaryDirectory()
        let socket = kind == "a path" ? "\(directory.path)/notify" : "@clavero-test-\(UUID().uuidString)"
        let manager = try NotifySocket(socket)
        var arguments = Self.proxy
        if name == "claverod" {
            try await LiveSite.makeData("\(directory.path)/data")
            arguments = ["--plugins", "keys", "--data-dir", "\(directory.path)/data", "--listen", "127.0.0.1:0"]
        }
        let program = try Program(name, arguments, environment: ["NOTIFY_SOCKET": socket])
        #expect(try await manager.state() == ["READY=1"])
        let port = try await program.port()
        let start = Self.now
        program.signal(SIGHUP)
        #expect(try Self.isReload(try await manager.state(), since: start))
        #expect(try await manager.state() == ["READY=1"])
        let client = try SocketTransport(port: port)
        program.signal(SIGTERM)
        #expect(try await manager.state() == ["STOPPING=1"])
        await client.close()
        #expect(try await program.status() == 0)
    }

    @Test(
        "No service manager is notified if the name of its socket is not valid",
        arguments: ["", "vsock:2:1234", "relative", "/nonexistent/notify", "/" + String(repeating: "x", count: 200)])
    func nobody(_ socket: String) async throws {
        let program = try Program("clavero-proxy", Self.proxy, environment: ["NOTIFY_SOCKET": socket])
        _ = try await program.port()
        program.signal(SIGTERM)
        #expect(try await program.status() == 0)
    }

    @Test("The service manager is told what a daemon does, at its start and while it serves")
    func status() async throws {
        let directory = try TemporaryDirectory()
        let manager = try NotifySocket("\(directory.path)/notify")
        let environment = ["NOTIFY_SOCKET": manager.name]
        try await LiveSite.makeData("\(directory.path)/data")
        let server = try Program(
            "claverod", ["--plugins", "auth", "--data-dir", "\(directory.path)/data", "--listen", "127.0.0.1:0"],
            environment: environment)
        #expect(try await manager.message() == ["STATUS=waiting for the database"])
        #expect(try await manager.state() == ["READY=1"])
        #expect(try await manager.message { $0.hasPrefix("STATUS=") } == ["STATUS=serving 0 sessions"])
        server.signal(SIGTERM)
        #expect(try await manager.state() == ["STOPPING=1"])
        let proxy = try Program("clavero-proxy", Self.proxy, environment: environment)
        #expect(try await manager.state() == ["READY=1"])
        let line = "STATUS=serving 0 sessions, 0 of 1 servers up"
        #expect(try await manager.message { $0.hasPrefix("STATUS=") } == [line])
        proxy.signal(SIGTERM)
        #expect(try await proxy.status() == 0)
    }

    @Test("A watched daemon reports again and again that it works, and one whose process is not watched does not")
    func watchdog() async throws {
        let directory = try TemporaryDirectory()
        let manager = try NotifySocket("\(directory.path)/notify")
        let environment = ["NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "400000"]
        let watched = try Program("clavero-proxy", Self.proxy, environment: environment)
        for _ in 0..<4 { #expect(try await manager.message { $0.hasPrefix("WATCHDOG=") } == ["WATCHDOG=1"]) }
        watched.signal(SIGTERM)
        #expect(try await watched.status() == 0)
        #expect(try await manager.message { $0 == "STOPPING=1" } == ["STOPPING=1"])
        manager.discard()
        let other = try Program(
            "clavero-proxy", Self.proxy, environment: environment.merging(["WATCHDOG_PID": "1"]) { $1 })
        var messages = [try await manager.message()]
        other.signal(SIGHUP)
        while messages.count(where: { $0 == ["READY=1"] }) < 2 { messages.append(try await manager.message()) }
        other.signal(SIGTERM)
        while messages.last != ["STOPPING=1"] { messages.append(try await manager.message()) }
        #expect(!messages.joined().contains { $0.hasPrefix("WATCHDOG=") })
        #expect(try await other.status() == 0)
    }
}

import ArgumentParser
import Link
import Logging
import ServiceLifecycle
import TestKit

@testable import Proxy
@testable import Server

/// A proxy and both servers in this process. They listen on loopback ports that the system chooses.
struct EmbeddedSite {
    /// The port of the proxy.
    let port: Int
    private let directory: TemporaryDirectory

    /// Connects to the port or the admin socket that the transcript is for.
    func transport(for transcript: Transcript) throws -> SocketTransport {
        switch transcript.door {
        case .session: try SocketTransport(port: port)
        case .operator: try SocketTransport(path: "\(directory.path)/data/keys.sock")
        case .proxy: try SocketTransport(path: "\(directory.path)/proxy.sock")
        }
    }

    /// Runs `body` with a running site. Stops the site afterwards, even if `body` fails.
    static func run(_ body: (EmbeddedSite) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        let data = "\(directory.path)/data"
        try await NewSite(directory: DataDirectory(path: data), names: ["localhost"]).create()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        try await running(server("keys", data, logger)) { keys in
            try await running(server("auth", data, logger)) { auth in
                try await running(proxy([keys, auth], "\(directory.path)/proxy.sock", logger)) { port in
                    try await Ready.wait(port: port)
                    try await body(EmbeddedSite(port: port, directory: directory))
                }
            }
        }
    }

    /// A function that makes a service. The service calls the function's argument when it listens.
    private typealias Making = (@escaping @Sendable (Listener) -> Void) async throws -> any Service

    private static func server(_ plugin: String, _ data: String, _ logger: Logger) throws -> Making {
        let options = try Serve.parse([
            "--name", "gate.example", "--plugins", plugin, "--data-dir", data, "--listen", "127.0.0.1:0",
            "--password-cost", "2,1,1", "--threads", "1",
        ])
        return { try await Server(options, logger: logger, listening: $0) }
    }

    private static func proxy(_ upstreams: [Int], _ adminSocket: String, _ logger: Logger) throws -> Making {
        let addresses = upstreams.flatMap { ["--upstream", "127.0.0.1:\($0)"] }
        let options = try ClaveroProxy.parse(
            [
                "--listen", "127.0.0.1:0", "--name", "gate.example", "--threads", "1", "--admin-socket", adminSocket,
            ] + addresses)
        return { try Proxy(options, logger: logger, listening: $0) }
    }

    /// Runs a service, and runs `body` with the port of the service. Stops the service when `body` returns.
    private static func running(_ make: Making, _ body: (Int) async throws -> Void) async throws {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let service = try await make { port.yield($0.port) }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: service)], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        let running = Task {
            defer { port.finish() }
            try await group.run()
        }
        do {
            for await port in ports {
                try await body(port)
                break
            }
        } catch {
            await group.triggerGracefulShutdown()
            _ = await running.result
            throw error
        }
        await group.triggerGracefulShutdown()
        try await running.value
    }
}

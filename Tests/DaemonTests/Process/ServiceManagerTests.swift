import Foundation
import TestKit
import Testing

/// The daemons run under a service manager, which they notify by the datagrams of sd_notify(3).
@Suite("The service manager", .serialized, .timeLimit(.minutes(5)))
struct ServiceManagerTests {
    /// The socket of a service manager.
    private struct Manager: ~Copyable {
        private let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)

        /// Binds the socket. `name` has the form of `$NOTIFY_SOCKET`.
        init(_ name: String) throws {
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let bytes = name.hasPrefix("@") ? [0] + name.utf8.dropFirst() : Array(name.utf8) + [0]
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
            let length = MemoryLayout.offset(of: \sockaddr_un.sun_path)! + bytes.count
            let result = withUnsafeBytes(of: address) { bytes in
                bind(descriptor, bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(length))
            }
            try #require(result == 0, "\(name): \(String(cString: strerror(errno)))")
            // If a message does not come in time, the test fails and does not hang.
            var limit = timeval(tv_sec: 60, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        }

        deinit { close(descriptor) }

        /// Returns the lines of the next message.
        func message() async throws -> [String] {
            let descriptor = descriptor
            return try await withCheckedThrowingContinuation { continuation in
                DispatchQueue.global().async {
                    var buffer = [UInt8](repeating: 0, count: 4096)
                    let count = recv(descriptor, &buffer, buffer.count, 0)
                    guard count >= 0 else { return continuation.resume(throwing: Mismatch("no message came")) }
                    let text = String(decoding: buffer.prefix(count), as: UTF8.self)
                    continuation.resume(returning: text.components(separatedBy: "\n"))
                }
            }
        }
    }

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
        let manager = try Manager(socket)
        var arguments = Self.proxy
        if name == "claverod" {
            try await LiveSite.makeData("\(directory.path)/data")
            arguments = ["--plugins", "keys", "--data-dir", "\(directory.path)/data", "--listen", "127.0.0.1:0"]
        }
        let program = try Program(name, arguments, environment: ["NOTIFY_SOCKET": socket])
        #expect(try await manager.message() == ["READY=1"])
        let port = try await program.port()
        let start = Self.now
        program.signal(SIGHUP)
        #expect(try Self.isReload(try await manager.message(), since: start))
        #expect(try await manager.message() == ["READY=1"])
        let client = try SocketTransport(port: port)
        program.signal(SIGTERM)
        #expect(try await manager.message() == ["STOPPING=1"])
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
}

import Foundation
import NIOCore
import NIOPosix
import Synchronization
import TestKit
import Testing

@testable import Daemon

@Suite("What a service manager learns of a daemon", .timeLimit(.minutes(5)))
struct ServiceWatchTests {
    /// A watchdog that allows a fifth of a second.
    private static func manager(_ socket: String) -> ServiceManager {
        ServiceManager(socket: socket, watchdog: "200000", pid: nil)
    }

    @Test("A daemon does not report that it works while one of its event loops is blocked")
    func blocked() async throws {
        let directory = try TemporaryDirectory()
        let socket = try NotifySocket("\(directory.path)/notify")
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let count = Atomic(0)
        let watch = ServiceWatch(group, manager: Self.manager(socket.name), pause: .milliseconds(10)) {
            "\(count.add(1, ordering: .relaxed).newValue)"
        }
        watch.begin()
        #expect(try await socket.message() == ["READY=1"])
        #expect(try await socket.message { $0 == "WATCHDOG=1" } == ["WATCHDOG=1"])
        let (blocking, released) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        group.next().execute {
            blocking.signal()
            released.wait()
        }
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                blocking.wait()
                continuation.resume()
            }
        }
        // A report may be under way. After that, only the status is told.
        socket.discard()
        var reports = 0
        for _ in 0..<100 where try await socket.message() == ["WATCHDOG=1"] { reports += 1 }
        #expect(reports <= 1)
        released.signal()
        #expect(try await socket.message { $0 == "WATCHDOG=1" } == ["WATCHDOG=1"])
        await watch.end()
        try await group.shutdownGracefully()
    }

    @Test("A status that takes too long to make does not delay the reports to the watchdog")
    func slowStatus() async throws {
        let socket = try NotifySocket("@clavero-test-\(UUID().uuidString)")
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let (values, value) = AsyncStream.makeStream(of: Void.self)
        let watch = ServiceWatch(group, manager: Self.manager(socket.name), pause: .milliseconds(10)) {
            for await _ in values { break }
            return "well"
        }
        watch.begin()
        #expect(try await socket.message() == ["READY=1"])
        for _ in 0..<3 { #expect(try await socket.message { $0 == "WATCHDOG=1" } == ["WATCHDOG=1"]) }
        value.finish()
        #expect(try await socket.message { $0 == "STATUS=well" } == ["STATUS=well"])
        await watch.end()
        try await group.shutdownGracefully()
    }

    @Test("A status is one line, whatever it contains, and its length is limited")
    func oneLine() async throws {
        let socket = try NotifySocket("@clavero-test-\(UUID().uuidString)")
        let manager = Self.manager(socket.name)
        manager.tellStatus("a\nWATCHDOG=trigger\u{2028}\u{0}b")
        #expect(try await socket.message() == ["STATUS=a\\u{a}WATCHDOG=trigger\\u{2028}\\u{0}b"])
        manager.tellStatus(String(repeating: "ñ\n", count: 10_000))
        let long = try await socket.message()
        #expect(long.count == 1 && long[0].utf8.count < 600)
    }

    @Test(
        "A watchdog is believed only if its time is a positive number and its process is this one",
        arguments: [
            ("1000000", nil, Duration.seconds(1)), ("1", "\(getpid())", .microseconds(1)), ("1000000", "1", nil),
            ("0", nil, nil), ("-5", nil, nil), ("soon", nil, nil), ("99999999999999999999", nil, nil), (nil, nil, nil),
        ] as [(String?, String?, Duration?)])
    func times(_ watchdog: String?, _ pid: String?, _ time: Duration?) {
        #expect(ServiceManager(socket: "/nonexistent", watchdog: watchdog, pid: pid).watchdog == time)
    }
}

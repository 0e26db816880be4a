import Dispatch
import Foundation
import POSIX
import Synchronization

/// A network between two programs of this machine. A connection to its port is relayed to another port, as well or as
/// badly as the test demands.
///
/// One thread does all the work. `end` ends the thread and the connections.
package final class Relay: Sendable {
    /// The treatment of the bytes that are sent. It applies to existing connections too.
    package enum Manner: Equatable, Sendable {
        case well
        /// Every byte is delayed by this time, in both directions.
        case late(Duration)
        /// No byte arrives and no end is reported. The connections stay open.
        case nothing
        /// Bytes from the server do not arrive, but bytes from the client do.
        case deaf
        /// Existing connections end, and new ones end at once.
        case closed
    }

    package let port: Int
    private let listener: Int32
    private let wake: (read: Int32, write: Int32)
    private let order: Mutex<Order>
    private let done = DispatchSemaphore(value: 0)

    private struct Order {
        var manner = Manner.well
        var isOver = false
    }

    /// Creates a relay to a port on loopback.
    package init(to target: Int) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        port = try Loopback.bind(listener)
        listen(listener, 256)
        wake = Child.pipe()
        order = Mutex(Order())
        Thread.detachNewThread { [self] in
            var run = RelayRun(listener: listener, wake: wake.read, target: target)
            while let manner = order.withLock({ $0.isOver ? nil : $0.manner }) { run.turn(manner) }
            run.end()
            done.signal()
        }
    }

    package func set(_ manner: Manner) {
        order.withLock { $0.manner = manner }
        wakeUp()
    }

    /// Ends the relay and waits for its thread. The thread holds the value until then.
    package func end() {
        guard
            !order.withLock({ order in
                defer { order.isOver = true }
                return order.isOver
            })
        else { return }
        wakeUp()
        done.wait()
        for descriptor in [listener, wake.read, wake.write] { close(descriptor) }
    }

    private func wakeUp() {
        var byte: UInt8 = 0
        _ = write(wake.write, &byte, 1)
    }
}

/// Ports on 127.0.0.1.
package enum Loopback {
    static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    /// Binds the socket to a port of the system's choice, and returns that port.
    static func bind(_ descriptor: Int32) throws -> Int {
        var address = address(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard isBound else { throw Mismatch("no port: \(SystemError.text())") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// Returns a port that is free now. Another process may take it at any time.
    package static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        return try bind(descriptor)
    }
}

import Foundation
import TestKit
import Testing

/// The socket of a service manager, which daemons notify.
struct NotifySocket: ~Copyable {
    let name: String
    private let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)

    /// Binds the socket. `name` has the form of `$NOTIFY_SOCKET`.
    init(_ name: String) throws {
        self.name = name
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

    /// Returns the next message whose first line is wanted.
    func message(where isWanted: (String) -> Bool) async throws -> [String] {
        while true {
            let message = try await message()
            if isWanted(message[0]) { return message }
        }
    }

    /// Returns the next message about a state, which is neither a status nor a report to the watchdog.
    func state() async throws -> [String] {
        try await message { !$0.hasPrefix("STATUS=") && !$0.hasPrefix("WATCHDOG=") }
    }

    /// Discards the messages that have arrived.
    func discard() {
        var byte: UInt8 = 0
        while recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT)) >= 0 {}
    }
}

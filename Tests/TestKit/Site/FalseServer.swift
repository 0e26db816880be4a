import CLinux
import Dispatch
import Glibc
import POSIX

/// A listening socket in the place of a server. The test itself writes the server's replies.
package final class FalseServer: Sendable {
    package let port: Int
    private let descriptor: Int32
    private let patience: Int
    private let queue = DispatchQueue(label: "test.false-server")

    /// Listens on a port of the system's choice. `patience` is the number of seconds that a read on a connection
    /// waits.
    package init(patience: Int = 300) throws {
        self.patience = patience
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) + listen(descriptor, 16) + getsockname(descriptor, address, &length)
            }
        }
        guard result == 0 else { throw Mismatch("no false server: \(SystemError.text())") }
        port = Int(in_port_t(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }

    /// Waits for the next connection and returns it.
    package func accept() async throws -> SocketTransport {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { [descriptor, patience] in
                let accepted = accept4(descriptor, nil, nil, Int32(SOCK_CLOEXEC.rawValue))
                if accepted < 0 {
                    continuation.resume(throwing: Mismatch("no connection: \(SystemError.text())"))
                } else {
                    continuation.resume(returning: SocketTransport(descriptor: accepted, patience: patience))
                }
            }
        }
    }

    /// Waits for the next connection, and makes it a link that serves the verb SPEAK of a plugin.
    package func link(_ plugin: String = "false") async throws -> Conversation {
        let conversation = Conversation(try await accept())
        try await conversation.send("220 false ready")
        guard try await conversation.line()?.hasPrefix("* LINK 2 ") == true else {
            throw Mismatch("no link was asked for")
        }
        try await conversation.write(
            note("HELLO 2 false") + note("COMMAND SPEAK ARGS=\"[word:word]\" ACCESS=anyone PLUGIN=\(plugin)")
                + note("READY"))
        return conversation
    }
}

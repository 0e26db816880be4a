import Dispatch
import Glibc
import POSIX

/// A connection on blocking sockets, with threads of its own. It uses no code of the product for its input and
/// output.
package final class SocketTransport: Transport {
    private let descriptor: Int32
    private let patience: Int
    private let reads = DispatchQueue(label: "test.socket.read")
    private let writes = DispatchQueue(label: "test.socket.write")

    /// Connects to an IPv4 address. `source` is another address of this machine from which to connect.
    package convenience init(
        host: String = "127.0.0.1", port: Int, from source: String? = nil, patience: Int = 300
    ) throws {
        try self.init(
            descriptor: Self.connected(
                AF_INET, to: Self.address(host, port), from: source.map { Self.address($0, 0) },
                named: "\(host):\(port)"), patience: patience)
    }

    private static func address(_ host: String, _ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr(host)
        return address
    }

    /// Connects to a Unix socket.
    package convenience init(path: String, patience: Int = 300) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        try self.init(
            descriptor: Self.connected(AF_UNIX, to: address, from: nil, named: path), patience: patience)
    }

    /// Returns a connected socket of the family. `Address` is the address type of that family.
    private static func connected<Address>(
        _ family: Int32, to address: Address, from source: Address?, named name: String
    ) throws -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        func call(_ function: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32, _ address: Address) -> Int32 {
            withUnsafeBytes(of: address) { bytes in
                function(
                    descriptor, bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
            }
        }
        guard source.map({ call(Glibc.bind, $0) }) ?? 0 == 0, call(Glibc.connect, address) == 0 else {
            let reason = SystemError.text()
            Glibc.close(descriptor)
            throw Mismatch("\(name): \(reason)")
        }
        return descriptor
    }

    /// Takes over a connected socket. If no reply comes within `patience` seconds, the read throws, so that the test
    /// fails and does not hang.
    package init(descriptor: Int32, patience: Int = 300) {
        (self.descriptor, self.patience) = (descriptor, patience)
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        var limit = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    package func write(_ bytes: [UInt8]) async throws {
        try await on(writes) { [descriptor] in
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes { bytes in
                    send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
                }
                // A server that has closed takes no more bytes. That is not a fault of the client.
                guard count > 0 else { return }
                sent += count
            }
        }
    }

    package func read() async throws -> [UInt8]? {
        try await on(reads) { [descriptor, patience] in
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EAGAIN { throw Mismatch("no reply within \(patience) seconds") }
            return count > 0 ? Array(buffer[..<count]) : nil
        }
    }

    /// Whether bytes can be read without waiting.
    package var hasInput: Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) > 0
    }

    package func finish() async throws {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    package func close() async {
        shutdown(descriptor, Int32(SHUT_RDWR))
        try? await on(reads) {}
        try? await on(writes) {}
        Glibc.close(descriptor)
    }

    /// Closes the connection with a reset, as the system does for a client that crashes.
    package func reset() async {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        Glibc.close(descriptor)
    }

    private func on<Value: Sendable>(
        _ queue: DispatchQueue, _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: body)) }
        }
    }
}

import Glibc

/// The target of a load: an IPv4 address and a TCP port.
struct Target: Sendable {
    /// The IPv4 address in dotted form.
    let host: String
    let port: UInt16
    let tls: TLSClient?
    /// The address of this machine from which to connect; nil to let the kernel choose.
    var source: String?

    init(host: String = "127.0.0.1", port: UInt16, tls: TLSClient? = nil) {
        self.host = host
        self.port = port
        self.tls = tls
    }

    /// Returns a blocking connection. If it uses TLS, the handshake is not made yet.
    func connect() throws(LoadError) -> Channel {
        let descriptor = try Socket.make()
        let own = try Socket.address(source ?? "0.0.0.0", 0)
        let other = try Socket.address(host, port)
        guard source == nil || Socket.call(bind, descriptor, own),
            Socket.call(Glibc.connect, descriptor, other)
        else {
            let error = LoadError.system("\(host):\(port)")
            close(descriptor)
            throw error
        }
        return Channel(descriptor: descriptor, tls: try tls?.session(on: descriptor))
    }
}

/// TCP sockets on IPv4.
enum Socket {
    static func make() throws(LoadError) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { throw .system("socket") }
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }

    /// Calls a function that takes an address. Returns whether it succeeds.
    static func call(
        _ function: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32, _ descriptor: Int32, _ address: sockaddr_in
    ) -> Bool {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    static func address(_ host: String, _ port: UInt16) throws(LoadError) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else { throw LoadError("\(host): no IPv4 address") }
        return address
    }

    /// Returns a socket that listens on loopback, and its port.
    static func listen(backlog: Int32 = 1024) throws(LoadError) -> (descriptor: Int32, port: UInt16) {
        let descriptor = try make()
        var address = try address("127.0.0.1", 0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && Glibc.listen(descriptor, backlog) == 0
                    && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard result else { throw .system("listen") }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    static func makeNonBlocking(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }
}

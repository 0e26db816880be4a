/// HAProxy with one thread in TCP mode, without a log, before one server.
struct HAProxy {
    let port: UInt16
    let child: Child

    /// Starts HAProxy.
    ///
    /// - Parameter certificate: A file with a certificate and its key, for TLS with clients.
    /// - Throws: `MissingPeer` if HAProxy is not installed.
    init(_ conditions: Conditions, server: UInt16, certificate: String? = nil) throws {
        guard let program = Tool.find("haproxy") else { throw MissingPeer(name: "haproxy") }
        let port = try Ready.freePort()
        let file = "\(conditions.directory.path)/haproxy.cfg"
        try TextFile.write(Self.configuration(port, server, certificate), to: file)
        let child = try Child(
            program, ["-db", "-f", file], log: conditions.log("haproxy"), processor: conditions.serverProcessor)
        try Ready.wait(for: child) {
            certificate == nil ? Ready.says(.greeting, at: port) : Ready.listens(at: port)
        }
        (self.port, self.child) = (port, child)
    }

    func end() { child.end() }

    /// The addresses from which HAProxy and the loads connect. A server gives one address only a share of its
    /// connections.
    static let sources = (1...8).map { "127.0.0.\($0)" }

    private static func servers(_ port: UInt16) -> String {
        sources.map { "server from-\($0) 127.0.0.1:\(port) source \($0)" }.joined(separator: "\n    ")
    }

    private static func configuration(_ port: UInt16, _ server: UInt16, _ certificate: String?) -> String {
        """
        global
            nbthread 1
            maxconn \(min(12_000, OpenFiles.sessionsThroughAProxy))
        defaults
            mode tcp
            timeout connect 10s
            timeout client 10m
            timeout server 10m
        frontend door
            bind 127.0.0.1:\(port)\(certificate.map { " ssl crt \($0)" } ?? "")
            default_backend servers
        backend servers
        \(servers(server))

        """
    }
}

/// The three daemons of a site, each with one event loop, on loopback and in a data directory of their own.
struct Site {
    /// The keys server, the auth server and the proxy.
    let keys: Daemon
    let auth: Daemon
    let proxy: Daemon
    /// The proxy's port for clients that begin with TLS.
    let tlsPort: UInt16
    let data: String

    struct Daemon {
        let port: UInt16
        let child: Child
    }

    /// The options of a site that a figure may change.
    struct Options {
        /// The password cost. It is cheap by default, because most figures do not measure log-ins; nil for claverod's
        /// default.
        var passwordCost: String? = "2,1,1"
        var server: [String] = []
        var proxy: [String] = []
        /// Whether the servers and the proxy may use only the processor of servers.
        var isPinned = true
    }

    init(_ conditions: Conditions, _ options: Options = Options()) throws {
        data = conditions.newPath("site")
        try Self.makeData(data, conditions)
        let processor = options.isPinned ? conditions.serverProcessor : nil
        let cost = options.passwordCost.map { ["--password-cost", $0] } ?? []
        keys = try Self.server("keys", data, cost + options.server, conditions, processor)
        auth = try Self.server("auth", data, cost + options.server, conditions, processor)
        tlsPort = try Ready.freePort()
        proxy = try Self.proxy(
            options.proxy + Self.tlsOptions(data, tlsPort), [keys, auth], conditions, processor)
    }

    /// The options of a proxy that does not limit the sessions of one address or the requests of a link in practice.
    static let manySessions = [
        "--address-sessions", "100000", "--address-strangers", "100000", "--link-requests", "100000",
    ]

    /// Returns a file with the certificate for clients and its key, as HAProxy expects them.
    func certificateAndKey(_ conditions: Conditions) throws -> String {
        let path = conditions.newPath("certificate")
        let parts = try ["crt", "key"].map { try TextFile.read("\(data)/tls/server.\($0)") }
        try TextFile.write(parts.joined(), to: path)
        return path
    }

    /// Ends the proxy first, while the servers can still answer the running requests.
    func end() {
        for daemon in [proxy, keys, auth] { daemon.child.end() }
    }

    /// Makes a data directory with `claverod init`.
    static func makeData(_ path: String, _ conditions: Conditions) throws {
        let made = try Tool.run(conditions.program("claverod"), ["init", path])
        guard made.status == 0 else { throw LoadError(made.firstLine) }
    }

    /// Starts a server, and waits until it has greeted a client.
    static func server(
        _ plugin: String, _ data: String, _ options: [String], _ conditions: Conditions, _ processor: Int?
    ) throws -> Daemon {
        let port = try Ready.freePort()
        let child = try Child(
            conditions.program("claverod"),
            ["--plugins", plugin, "--listen", "127.0.0.1:\(port)", "--data-dir", data, "--threads", "1"] + options,
            log: conditions.log(plugin), processor: processor)
        try Ready.wait(for: child, pause: 200) { Ready.says(.greeting, at: port) }
        return Daemon(port: port, child: child)
    }

    /// Starts a proxy, and waits until all its servers have announced their commands.
    static func proxy(
        _ options: [String], _ servers: [Daemon], _ conditions: Conditions, _ processor: Int?
    ) throws -> Daemon {
        let port = try Ready.freePort()
        let child = try Child(
            conditions.program("clavero-proxy"),
            ["--listen", "127.0.0.1:\(port)", "--threads", "1"] + options
                + servers.flatMap { ["--upstream", "127.0.0.1:\($0.port)"] },
            log: conditions.log("proxy"), processor: processor)
        try Ready.wait(for: child) {
            let commands = (try? Ready.answer(to: "COMMANDS\r\nQUIT\r\n", at: port)) ?? ""
            return commands.contains(" PLUGIN=keys ") && commands.contains(" PLUGIN=auth ")
        }
        return Daemon(port: port, child: child)
    }

    private static func tlsOptions(_ data: String, _ port: UInt16) -> [String] {
        [
            "--tls-certificate", "\(data)/tls/server.crt", "--tls-key", "\(data)/tls/server.key",
            "--listen-tls", "127.0.0.1:\(port)",
        ]
    }

    // MARK: Accounts

    static let password = "correct-horse-battery"

    /// Signs up the accounts `user0`, `user1` and on.
    func signUp(_ count: Int) throws {
        let dialogue = try Dialogue(Target(port: keys.port))
        defer { dialogue.close() }
        try dialogue.run(.greeting)
        for number in 0..<count { try dialogue.run(Exchange("SIGNUP user\(number) \(Self.password)", "250 ")) }
    }

    /// Returns the first exchanges of session number `n`, which logs in as one of `count` accounts.
    static func logIn(of count: Int) -> @Sendable (Int) -> [Exchange] {
        { [.greeting, .logIn("user\($0 % count)", password)] }
    }

    /// Returns a token of an account. A log-in by token needs no hash.
    func token(of name: String) throws -> String { try Self.token(of: name, at: proxy) }

    static func token(of name: String, at proxy: Daemon) throws -> String {
        let dialogue = try Dialogue(Target(port: proxy.port))
        defer { dialogue.close() }
        try dialogue.run([.greeting, .logIn(name, Self.password)])
        let reply = String(decoding: try dialogue.run(Exchange("TOKEN", "250 ")), as: UTF8.self)
        guard let token = reply.split(separator: " ").last else { throw LoadError("no token in \(reply)") }
        return token.filter { !$0.isNewline }
    }
}

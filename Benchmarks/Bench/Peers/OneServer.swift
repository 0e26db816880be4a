/// One claverod that serves both plugins, with one event loop and no proxy. Clients can log in at it.
struct OneServer {
    let port: UInt16
    private let child: Child

    /// Starts the server, and signs up the account `user0`.
    init(_ conditions: Conditions) throws {
        let data = conditions.newPath("site")
        try Site.makeData(data, conditions)
        let server = try Site.server(
            "keys,auth", data, ["--password-cost", "2,1,1"], conditions, conditions.serverProcessor)
        (port, child) = (server.port, server.child)
        let dialogue = try Dialogue(Target(port: port))
        defer { dialogue.close() }
        try dialogue.run([.greeting, Exchange("SIGNUP user0 \(Site.password)", "250 ")])
    }

    func end() { child.end() }

    /// Returns the bytes of the literal with which the server replies to a request of `user0`.
    func literal(_ request: [UInt8]) throws -> [UInt8] {
        let dialogue = try Dialogue(Target(port: port))
        defer { dialogue.close() }
        try dialogue.run(Site.logIn(of: 1)(0))
        let reply = try dialogue.run(Exchange(request, "250 "), shape: .literal)
        guard let lineEnd = reply.firstIndex(of: 0x0A) else { throw LoadError("a reply without a line end") }
        return Array(reply[(lineEnd + 1)...].dropLast(2))
    }
}

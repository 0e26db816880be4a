/// Redis with one thread, without writing to disk.
struct Redis {
    let port: UInt16
    let child: Child

    init(_ conditions: Conditions) throws {
        guard let program = Tool.find("redis-server") else { throw MissingPeer(name: "redis-server") }
        let port = try Ready.freePort()
        let child = try Child(
            program,
            [
                "--bind", "127.0.0.1", "--port", "\(port)", "--io-threads", "1", "--save", "", "--appendonly", "no",
                "--dir", conditions.directory.path,
            ],
            log: conditions.log("redis"), processor: conditions.serverProcessor)
        try Ready.wait(for: child) { Ready.says(Exchange("PING", "+PONG"), at: port) }
        (self.port, self.child) = (port, child)
    }

    func end() { child.end() }
}

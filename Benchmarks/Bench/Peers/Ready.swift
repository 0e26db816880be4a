import Glibc

/// Waiting for a server, by asking it.
enum Ready {
    private static let limit: UInt64 = 30_000_000_000

    /// A port on loopback that nobody has.
    static func freePort() throws(LoadError) -> UInt16 {
        let (descriptor, port) = try Socket.listen()
        close(descriptor)
        return port
    }

    /// Waits until `answers` holds, as long as the process runs.
    static func wait(for child: Child, pause: useconds_t = 1000, until answers: () -> Bool) throws(LoadError) {
        let end = Clock.now() + limit
        while !answers() {
            guard child.isRunning else { throw LoadError("a server ended as it began: \(child.lastWords)") }
            guard Clock.now() < end else { throw LoadError("a server does not answer: \(child.lastWords)") }
            usleep(pause)
        }
    }

    /// Whether something listens there and says what it should.
    static func says(_ exchange: Exchange, at port: UInt16) -> Bool {
        guard let dialogue = try? Dialogue(Target(port: port)) else { return false }
        defer { dialogue.close() }
        return (try? dialogue.run(exchange)) != nil
    }

    static func listens(at port: UInt16) -> Bool {
        guard let channel = try? Target(port: port).connect() else { return false }
        channel.close()
        return true
    }

    /// Everything that comes back for `request`, up to the end of the connection.
    static func answer(to request: String, at port: UInt16) throws(LoadError) -> String {
        let dialogue = try Dialogue(Target(port: port))
        defer { dialogue.close() }
        return String(decoding: try dialogue.readToEnd(behind: Array(request.utf8)), as: UTF8.self)
    }
}

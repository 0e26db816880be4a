import Glibc

/// Waits for servers by sending them requests.
enum Ready {
    private static let limit: UInt64 = 30_000_000_000

    /// Returns a port on loopback that is free.
    static func freePort() throws(LoadError) -> UInt16 {
        let (descriptor, port) = try Socket.listen()
        close(descriptor)
        return port
    }

    /// Waits until `answers` returns true.
    ///
    /// - Throws: `LoadError` if the process ends, or if 30 seconds pass.
    static func wait(for child: Child, pause: useconds_t = 1000, until answers: () -> Bool) throws(LoadError) {
        let end = Clock.now() + limit
        while !answers() {
            guard child.isRunning else { throw LoadError("a server ended as it began: \(child.lastWords)") }
            guard Clock.now() < end else { throw LoadError("a server does not answer: \(child.lastWords)") }
            usleep(pause)
        }
    }

    /// Returns whether a server listens at the port and gives the expected reply.
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

    /// Returns the whole answer to `request`, up to the end of the connection.
    static func answer(to request: String, at port: UInt16) throws(LoadError) -> String {
        let dialogue = try Dialogue(Target(port: port))
        defer { dialogue.close() }
        return String(decoding: try dialogue.readToEnd(behind: Array(request.utf8)), as: UTF8.self)
    }
}

import Glibc

/// Clients that connect, make a TLS handshake, wait for the greeting and disconnect, repeatedly.
struct HandshakeLoad {
    let target: Target
    let clients: Int
    let seconds: Double

    /// Runs the clients.
    ///
    /// - Returns: The number of greetings that came.
    func run() throws -> Int {
        let stop = StopFlag()
        let workers = (0..<clients).map { _ in Worker { [target] in try Self.visit(target, until: stop) } }
        usleep(useconds_t(seconds * 1e6))
        stop.set()
        return try workers.reduce(0) { try $0 + $1.join() }
    }

    private static func visit(_ target: Target, until stop: StopFlag) throws -> Int {
        var count = 0
        while !stop.isSet {
            let dialogue = try Dialogue(target)
            defer { dialogue.close() }
            // A reset frees the port for another client at once.
            var abrupt = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
                dialogue.channel.descriptor, SOL_SOCKET, SO_LINGER, &abrupt, socklen_t(MemoryLayout<linger>.size))
            try dialogue.run(.greeting)
            count += 1
        }
        return count
    }
}

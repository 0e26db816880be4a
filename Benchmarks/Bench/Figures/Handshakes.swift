/// New clients by TLS, one after the other, up to the greeting, by the same certificate; over HAProxy.
///
/// A client's part of a handshake takes longer than the server's, so the two cores that there are do not wait for the
/// server. What is counted is therefore what a second of the server's processor time is good for.
struct Handshakes: Figure {
    private static let clients = 8

    let number = 16
    let title = "TLS handshakes, a second of the proxy's processor time"
    let peer = "HAProxy"
    let unit = Unit.perSecond
    let goal = Goal.ratioAtLeast(1.5)

    func measure(_ conditions: Conditions) throws -> Measurement {
        let doors = try Doors(conditions, isEncrypted: true)
        defer { doors.end() }
        return try conditions.interleave {
            try rate(conditions, doors.target(.proxy), doors.site.proxy.child)
        } theirs: {
            try rate(conditions, doors.target(.haproxy), doors.haproxy.child)
        }
    }

    private func rate(_ conditions: Conditions, _ target: Target, _ server: Child) throws -> Double {
        let before = try Usage(of: server).processorSeconds()
        let count = try HandshakeLoad(target: target, clients: Self.clients, seconds: conditions.seconds).run()
        return Double(count) / max(0.01, try Usage(of: server).processorSeconds() - before)
    }
}

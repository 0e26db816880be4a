/// TLS handshakes of new clients, one after another, up to the greeting, over those of HAProxy with the same
/// certificate.
///
/// A client's part of a handshake takes longer than the server's, so two cores do not keep the server busy. Therefore
/// the figure counts the handshakes for each second of the server's processor time.
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

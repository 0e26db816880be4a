/// The figures, in the order of the table.
enum AllFigures {
    static let list: [any Figure] = [
        NoopOverRedis(number: 1, inFlight: 64, least: 1.5),
        NoopOverRedis(number: 2, inFlight: 1, least: 1.0),
        ThroughTheProxy(number: 3, sessions: 50, inFlight: 1, other: .haproxy, least: 2.0),
        ThroughTheProxy(number: 3, sessions: 500, inFlight: 1, other: .haproxy, least: 2.0),
        ThroughTheProxy(number: 4, sessions: 500, inFlight: 1, other: .direct, least: 1.0),
        ThroughTheProxy(number: 5, sessions: 50, inFlight: 64, other: .haproxy, least: 1.2),
        ThroughTheProxy(number: 5, sessions: 500, inFlight: 64, other: .haproxy, least: 1.2),
        LatencyOfOne(),
        EncryptOverOpenBao(number: 7, inFlight: 1, least: 15),
        EncryptOverOpenBao(number: 8, inFlight: 32, least: 60),
        IdleSessions(),
        ThroughTheProxy(number: 16, sessions: 50, inFlight: 1, other: .haproxy, least: 1.5, isEncrypted: true),
        Handshakes(),
        StartToReady(program: .claverod),
        StartToReady(program: .proxy),
        SizeAtRest(program: .claverod),
        SizeAtRest(program: .proxy),
    ]
}

/// The main use of Clavero: ENCRYPT of a short message through the proxy, logged in, with the audit log. The peer is
/// OpenBao's transit engine, which does the same over HTTP, also with an audit log. It takes one request at a time on
/// a connection.
struct EncryptOverOpenBao: Figure {
    private static let sessions = 50
    private static let message = String(repeating: "m", count: 64)
    /// The 64 bytes of `message` in base64.
    private static let base64 = String(repeating: "bW1t", count: 21) + "bQ=="

    let number: Int
    let inFlight: Int
    let least: Double

    var title: String { "ENCRYPT of 64 B by the proxy, \(Self.sessions) sessions, \(inFlight) in flight" }
    let peer = "OpenBao transit"
    let unit = Unit.perSecond
    var goal: Goal { .ratioAtLeast(least) }

    func measure(_ conditions: Conditions) throws -> Measurement {
        // OpenBao may use all processors, so Clavero may use them too.
        let site = try Site(conditions, Site.Options(isPinned: false))
        defer { site.end() }
        try site.signUp(Self.sessions)
        let openBao = try OpenBao(conditions)
        defer { openBao.end() }
        var ours = conditions.load(
            site.proxy.port, connections: Self.sessions, inFlight: inFlight,
            request: Script.line("ENCRYPT \(Self.message)"))
        ours.preamble = Site.logIn(of: Self.sessions)
        var theirs = conditions.load(
            openBao.port, connections: Self.sessions, inFlight: 1,
            request: openBao.encryption(ofBase64: Self.base64))
        theirs.preamble = { _ in [] }
        theirs.shape = .http
        theirs.expected = "HTTP/1.1 200"
        return try conditions.interleave { [ours] in
            try ours.run().rate
        } theirs: { [theirs] in
            try theirs.run().rate
        }
    }
}

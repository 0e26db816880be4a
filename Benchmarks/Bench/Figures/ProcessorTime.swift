/// The processor time, including the kernel's, that the proxy and the servers take for one request, with many in
/// flight and one thread each. The peer is an earlier version of the programs, from before all requests took one
/// path.
struct ProcessorTime: Figure {
    enum Request: String {
        case whoami = "WHOAMI"
        case encrypt = "ENCRYPT of 64 B"

        var line: String {
            switch self {
            case .whoami: "WHOAMI"
            case .encrypt: "ENCRYPT \(String(repeating: "m", count: 64))"
            }
        }
    }

    private static let sessions = 50
    private static let inFlight = 64

    let number = 19
    let request: Request

    var title: String {
        "processor time of one \(request.rawValue) by the proxy, \(Self.sessions) sessions, \(Self.inFlight) in flight"
    }
    let peer = "before"
    let unit = Unit.microseconds
    let goal = Goal.ratioAtMost(0.5)

    func measure(_ conditions: Conditions) throws -> Measurement {
        let now = try Site(conditions, Site.Options(proxy: Site.manySessions))
        defer { now.end() }
        let before = try Site(conditions.before(), Site.Options(proxy: Site.manySessions))
        defer { before.end() }
        for site in [now, before] { try site.signUp(1) }
        return try conditions.interleave {
            try nanoseconds(of: now, conditions)
        } theirs: {
            try nanoseconds(of: before, conditions)
        }
    }

    private func nanoseconds(of site: Site, _ conditions: Conditions) throws -> Double {
        let children = [site.keys, site.auth, site.proxy].map { Usage(of: $0.child) }
        let seconds = { try children.reduce(0.0) { $0 + (try $1.processorSeconds()) } }
        var load = conditions.load(
            site.proxy.port, connections: Self.sessions, inFlight: Self.inFlight, request: Script.line(request.line))
        load.preamble = Site.logIn(of: 1)
        // All requests that are counted are also measured. The log-ins are few.
        load.warmUp = 0
        load.seconds = 2 * conditions.seconds
        let start = try seconds()
        let replies = try load.run().replies
        return (try seconds() - start) / Double(replies) * 1e9
    }
}

extension Conditions {
    /// Returns the same conditions with the earlier programs.
    ///
    /// - Throws: `MissingPeer` if they are not installed.
    fileprivate func before() throws -> Conditions {
        guard let peers, Tool.find("claverod", in: ["\(peers)/before"])?.hasPrefix(peers) == true else {
            throw MissingPeer(name: "the programs of before")
        }
        var conditions = self
        conditions.programs = "\(peers)/before"
        return conditions
    }
}

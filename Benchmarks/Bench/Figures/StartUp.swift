/// The programs that are started.
enum Program: String {
    case claverod = "claverod"
    case proxy = "clavero-proxy"
}

/// The time from the start of a daemon's process to its first answer: claverod's greeting, or the proxy's list of all
/// commands. Waiting for it costs up to a millisecond, and so does the program that ends the daemon with the harness.
struct StartToReady: Figure {
    let number = 17
    let program: Program

    var title: String { "start to ready of \(program.rawValue)" }
    let peer = "OpenBao, still sealed"
    let unit = Unit.milliseconds
    let goal = Goal.atMost(50e6)

    func measure(_ conditions: Conditions) throws -> Measurement {
        let running = try Site(conditions)
        defer { running.end() }
        return try conditions.besideOpenBao {
            try time { try start(running, conditions).child }
        } theirs: {
            try time { try OpenBao.start(conditions).child }
        }
    }

    /// Starts another daemon of a running site.
    private func start(_ site: Site, _ conditions: Conditions) throws -> Site.Daemon {
        switch program {
        case .claverod:
            try Site.server("keys", site.data, Self.beside, conditions, conditions.serverProcessor)
        case .proxy:
            try Site.proxy([], [site.keys, site.auth], conditions, conditions.serverProcessor)
        }
    }

    /// The options by which a second keys server differs from the first.
    private static let beside = ["--admin-socket", "off", "--audit-log", "off"]

    private func time(_ start: () throws -> Child) throws -> Double {
        let begin = Clock.now()
        let child = try start()
        defer { child.end() }
        return Double(Clock.now() - begin)
    }
}

/// The resident size of a daemon that has just started and has no work.
struct SizeAtRest: Figure {
    let number = 17
    let program: Program
    /// The goal, in MiB.
    let most: Double

    var title: String { "resident size at rest of \(program.rawValue)" }
    let peer = "OpenBao"
    let unit = Unit.mebibytes
    var goal: Goal { .atMost(most * 1_048_576) }

    func measure(_ conditions: Conditions) throws -> Measurement {
        let site = try Site(conditions)
        defer { site.end() }
        let child = program == .claverod ? site.keys.child : site.proxy.child
        return try conditions.besideOpenBao {
            try Usage(of: child).residentBytes()
        } theirs: {
            let openBao = try OpenBao(conditions)
            defer { openBao.end() }
            return try Usage(of: openBao.child).residentBytes()
        }
    }
}

extension Conditions {
    /// Measures both in turn, or ours alone if OpenBao is missing. The goal does not depend on OpenBao.
    fileprivate func besideOpenBao(ours: () throws -> Double, theirs: () throws -> Double) throws -> Measurement {
        do {
            return try interleave(rounds: min(rounds, 3), ours: ours, theirs: theirs)
        } catch let missing as MissingPeer {
            var measurement = try repeated(ours)
            measurement.note = "\(missing)"
            return measurement
        }
    }
}

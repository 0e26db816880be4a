import Foundation
import TestKit

/// What goes wrong, for a while.
enum Fault: Sendable, CustomStringConvertible {
    /// SIGKILL, and started again.
    case kill(ChaosSite.Part)
    /// SIGSTOP, and SIGCONT.
    case stop(ChaosSite.Part)
    /// Between the proxies and a server.
    case link(Int, Relay.Manner)
    /// PostgreSQL's immediate shutdown of the primary, which comes up again.
    case databaseStops
    /// SIGKILL of the primary with all that it has started; it comes up again.
    case databaseDies
    /// SIGSTOP of all of the primary.
    case databaseHangs
    /// SIGSTOP of all of the standby, without which nothing is committed.
    case standbyHangs
    /// The primary dies and the standby takes its place.
    case failOver
    /// Between the servers and the primary.
    case databaseLink(Relay.Manner)
    /// Between machines, by their places, both ways.
    case cut(Int, Int)
    /// Of what the first machine sends to the second nothing arrives.
    case deaf(Int, Int)
    /// Nobody reaches the primary any more, which nobody kills: the standby takes its place, and it is kept from taking
    /// part again.
    case primaryIsLost

    /// How long it lasts, which is more than a silent link is waited for.
    var length: Duration {
        switch self {
        case .kill, .databaseStops, .databaseDies, .failOver: .seconds(1)
        case .link(_, .late), .link(_, .closed), .databaseLink(.late), .databaseLink(.closed): .seconds(1)
        case .databaseHangs, .standbyHangs, .databaseLink, .primaryIsLost: .seconds(3)
        case .stop, .link, .cut, .deaf: .seconds(4)
        }
    }

    /// Whether both proxies still reach a server of each kind that reaches the database, so that nothing that may be
    /// repeated has to fail.
    var hasSpare: Bool {
        switch self {
        case .kill(.server), .stop(.server), .link, .cut(0, 1), .deaf(0, 1), .deaf(1, 0): true
        default: false
        }
    }

    var description: String {
        switch self {
        case .kill(let part): "kill -9 \(Self.name(part))"
        case .stop(let part): "SIGSTOP \(Self.name(part))"
        case .link(let place, let manner): "link to \(ChaosSite.serverNames[place]): \(Self.name(manner))"
        case .databaseStops: "database: immediate stop"
        case .databaseDies: "database: kill -9"
        case .databaseHangs: "database: SIGSTOP"
        case .standbyHangs: "standby: SIGSTOP"
        case .failOver: "database: kill -9, standby promoted"
        case .databaseLink(let manner): "link to the database: \(Self.name(manner))"
        case .cut(let one, let other): "no network: \(Self.machine(one)) and \(Self.machine(other))"
        case .deaf(let one, let other): "no network: \(Self.machine(one)) to \(Self.machine(other))"
        case .primaryIsLost: "no network: the primary and all others, standby promoted"
        }
    }

    private static func machine(_ place: Int) -> String { ChaosSite.machineNames[place] }

    private static func name(_ part: ChaosSite.Part) -> String {
        switch part {
        case .server(let place): ChaosSite.serverNames[place]
        case .proxy(let place): "proxy-\(place)"
        }
    }

    private static func name(_ manner: Relay.Manner) -> String {
        switch manner {
        case .well: "well"
        case .late(let delay): "\(Int(delay / .milliseconds(1))) ms late"
        case .nothing: "nothing arrives"
        case .deaf: "no answer arrives"
        case .closed: "cut"
        }
    }
}

/// Which faults there are, in an order that the seed decides.
extension Fault {
    /// Each kind once, at a place that is drawn, or all of them `everywhere`.
    static func round(onMachines: Bool, everywhere: Bool, _ numbers: inout SeededNumbers) -> [Fault] {
        let all = onMachines ? ofNetwork(everywhere, &numbers) : ofPrograms(everywhere, &numbers)
        return all.shuffled(using: &numbers)
    }

    private static func ofPrograms(_ everywhere: Bool, _ numbers: inout SeededNumbers) -> [Fault] {
        func some<Value>(_ values: [Value]) -> [Value] {
            everywhere ? values : [values.randomElement(using: &numbers)!]
        }
        let servers = some([0, 1]) + some([2, 3])
        let manners = some([Relay.Manner.nothing, .deaf]) + some([.late(.milliseconds(300)), .closed])
        return servers.flatMap { [kill(.server($0)), stop(.server($0))] }
            + some([0, 1]).flatMap { [kill(.proxy($0)), stop(.proxy($0))] }
            + some(servers).flatMap { place in manners.map { link(place, $0) } }
            + manners.map { databaseLink($0) } + some([databaseStops, databaseDies])
            + [databaseHangs, standbyHangs, failOver]
    }

    private static func ofNetwork(_ everywhere: Bool, _ numbers: inout SeededNumbers) -> [Fault] {
        let sides = everywhere ? [0, 1] : [Int.random(in: 0...1, using: &numbers)]
        return [cut(0, 1), primaryIsLost]
            + sides.flatMap { [deaf($0, 1 - $0), cut($0, 2)] } + (everywhere ? [cut(0, 3), cut(1, 3), cut(2, 3)] : [])
    }
}

/// What they are.
extension ChaosSite {
    func begin(_ fault: Fault) async throws {
        switch fault {
        case .kill(let part): try await daemon(part).end()
        case .stop(let part): daemon(part).signal(SIGSTOP)
        case .link(let place, let manner): serverRelays[place].set(manner)
        case .databaseStops: try await databases.primary.end(SIGQUIT)
        case .databaseDies, .failOver: try await databases.primary.end(SIGKILL)
        case .databaseHangs: try databases.primary.signal(SIGSTOP)
        case .standbyHangs: try databases.standby.signal(SIGSTOP)
        case .databaseLink(let manner): for relay in databaseRelays { relay.set(manner) }
        case .cut(let one, let other): try await cut([(one, other), (other, one)])
        case .deaf(let one, let other): try await cut([(one, other)])
        case .primaryIsLost:
            let lost = databases.nodes.firstIndex { $0 === databases.primary }! + 2
            try await cut((0..<4).filter { $0 != lost }.flatMap { [($0, lost), (lost, $0)] })
        }
    }

    private func cut(_ ways: [(Int, Int)]) async throws {
        guard let network else { throw Mismatch("no network that could be cut") }
        for (one, other) in ways { try await network.cut(from: network.machines[one], to: network.machines[other]) }
    }

    /// After this everything could work.
    func heal(_ fault: Fault) async throws {
        switch fault {
        case .kill(let part): try await daemon(part).start()
        case .stop(let part): daemon(part).signal(SIGCONT)
        case .link(let place, _): serverRelays[place].set(.well)
        case .databaseStops, .databaseDies: try await databases.primary.restart()
        case .databaseHangs: try databases.primary.signal(SIGCONT)
        case .standbyHangs: try databases.standby.signal(SIGCONT)
        case .databaseLink: for relay in databaseRelays { relay.set(.well) }
        case .cut, .deaf: try await network?.heal()
        case .failOver, .primaryIsLost: try await databases.failOver()
        }
    }

    /// Makes it again what it was before the fault.
    func settle(_ fault: Fault) async throws {
        switch fault {
        case .primaryIsLost:
            try await network?.heal()
            try await databases.join()
        case .failOver: try await databases.join()
        default: try await databases.waitForStandby()
        }
        try await waitForLinks()
    }
}

import Foundation
import TestKit

/// A fault, which lasts for a while.
enum Fault: Sendable, CustomStringConvertible {
    /// A program is killed by SIGKILL, and started again.
    case kill(ChaosSite.Part)
    /// A program is stopped by SIGSTOP, and continued by SIGCONT.
    case stop(ChaosSite.Part)
    /// The connections between the proxies and a server are relayed badly.
    case link(Int, Relay.Manner)
    /// The primary ends by PostgreSQL's immediate shutdown, and is started again.
    case databaseStops
    /// The primary and all its processes are killed by SIGKILL. Then it is started again.
    case databaseDies
    /// All processes of the primary are stopped by SIGSTOP.
    case databaseHangs
    /// All processes of the standby are stopped by SIGSTOP. No commit succeeds without the standby.
    case standbyHangs
    /// The primary dies, and the standby takes its place.
    case failOver
    /// The standby hangs, so that commits on the primary wait for it. Then the interruption happens.
    case commitsHang(Interruption)
    /// The connections between the servers and the primary are relayed badly.
    case databaseLink(Relay.Manner)
    /// Two machines do not reach each other, in either direction.
    case cut(Place, Place)
    /// Nothing that the first machine sends to the second arrives.
    case deaf(Place, Place)
    /// The servers of one side reach neither database. It lasts so long that they answer that they have no database.
    case withoutDatabase(Place)
    /// No other machine reaches the primary, which stays alive. The standby takes its place, and the old primary is
    /// kept from taking part again.
    case primaryIsLost
    /// The proxies reach no server.
    case proxiesAreCutOff
    /// The key for tokens is replaced. No request fails because of that if the site works well.
    case newTokenKey
    /// The root key is replaced. No request fails because of that if the site works well.
    case newRootKey

    /// One address sends a server as many requests as it can.
    case flood(Flood.Kind)
    /// The reader of a program's log ends.
    case logIsLost(ChaosSite.Part)
    /// No file of a server takes another byte, and neither does its audit log.
    case serverDiskIsFull(Int)
    /// No file of the primary takes another byte.
    case databaseDiskIsFull

    /// An event that interrupts commits that hang.
    enum Interruption {
        /// The primary is stopped, and started again.
        case databaseStops
        /// The primary dies, and the standby takes its place.
        case failOver
        /// A server is killed.
        case kill(Int)
    }

    /// A machine of a site that has several.
    enum Place: String {
        case front, left, right, primary, standby
    }

    /// The length of the fault. It is longer than the time for which a silent link is waited for.
    var length: Duration {
        switch self {
        case .kill, .databaseStops, .databaseDies, .failOver, .commitsHang, .newTokenKey, .newRootKey, .logIsLost,
            .databaseDiskIsFull:
            .seconds(1)
        case .flood, .serverDiskIsFull: .seconds(2)
        case .link(_, .late), .link(_, .closed), .databaseLink(.late), .databaseLink(.closed): .seconds(1)
        case .databaseHangs, .standbyHangs, .databaseLink, .primaryIsLost: .seconds(3)
        case .stop, .link, .cut, .deaf: .seconds(4)
        case .proxiesAreCutOff: .seconds(6)
        case .withoutDatabase: .seconds(15)
        }
    }

    /// Whether both proxies still reach a server of each kind that reaches the database. If they do, no repeatable
    /// request has to fail.
    var hasSpare: Bool {
        switch self {
        case .kill(.server), .stop(.server), .link, .cut(.front, _), .deaf, .withoutDatabase, .newTokenKey,
            .newRootKey, .flood, .logIsLost, .serverDiskIsFull:
            true
        default: false
        }
    }

    /// Whether a server that still answers may refuse a request that another would have carried out.
    var mayRefuse: Bool {
        if case .serverDiskIsFull = self { true } else { false }
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
        case .commitsHang(.databaseStops): "standby: SIGSTOP, database: immediate stop while commits wait"
        case .commitsHang(.failOver): "standby: SIGSTOP, database: kill -9 while commits wait, standby promoted"
        case .commitsHang(.kill(let place)):
            "standby: SIGSTOP, kill -9 \(ChaosSite.serverNames[place]) while commits wait"
        case .databaseLink(let manner): "link to the database: \(Self.name(manner))"
        case .cut(let one, let other): "no network: \(one) and \(other)"
        case .deaf(let one, let other): "no network: \(one) to \(other)"
        case .withoutDatabase(let side): "no network: \(side) and both databases"
        case .primaryIsLost: "no network: the primary and all others, standby promoted"
        case .proxiesAreCutOff: "no network: front and all others"
        case .flood(let kind): "flood: \(kind.rawValue)"
        case .logIsLost(let part): "log of \(Self.name(part)): its reader has gone"
        case .serverDiskIsFull(let place): "\(ChaosSite.serverNames[place]): its disk is full"
        case .databaseDiskIsFull: "database: its disk is full"
        case .newTokenKey: "claverod rotate, SIGHUP"
        case .newRootKey: "claverod rewrap"
        }
    }

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

/// The choice of faults, in an order that the seed decides.
extension Fault {
    /// Returns the faults of one round. If `everywhere` is false, one fault is drawn from each group of similar ones.
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
        return servers.map { kill(.server($0)) } + some(servers).map { stop(.server($0)) }
            + some([0, 1]).flatMap { [kill(.proxy($0)), stop(.proxy($0))] }
            + some(servers).flatMap { place in manners.map { link(place, $0) } }
            + some(manners).map { databaseLink($0) } + some([databaseStops, databaseDies])
            + servers.map { serverDiskIsFull($0) } + [databaseDiskIsFull]
            + some([databaseHangs, standbyHangs]) + [failOver] + some(servers).map { commitsHang(.kill($0)) }
            + some([commitsHang(.databaseStops), commitsHang(.failOver)]) + some([newTokenKey, newRootKey])
            + servers.map { logIsLost(.server($0)) } + some([0, 1]).map { logIsLost(.proxy($0)) }
            + [0, 2].flatMap { server in some(Flood.Kind.allCases.filter { $0.server == server }).map { flood($0) } }
    }

    private static func ofNetwork(_ everywhere: Bool, _ numbers: inout SeededNumbers) -> [Fault] {
        let sides = everywhere ? [Place.left, .right] : [[.left, .right].randomElement(using: &numbers)!]
        let one = sides.flatMap { side in
            let lost = [cut(.front, side), deaf(.front, side), deaf(side, .front)]
            return (everywhere ? lost : [lost.randomElement(using: &numbers)!]) + [cut(side, .primary)]
        }
        let more = sides.flatMap { [cut($0, .standby), withoutDatabase($0)] } + [cut(.primary, .standby)]
        return [primaryIsLost, proxiesAreCutOff] + one + (everywhere ? more : [])
    }
}

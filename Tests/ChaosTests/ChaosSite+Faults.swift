import Glibc
import TestKit

/// The beginning and the end of each fault.
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
        case .commitsHang(let interruption):
            try databases.standby.signal(SIGSTOP)
            try await databases.waitForHeldCommits()
            try await interrupt(interruption)
        case .databaseLink(let manner): for relay in databaseRelays { relay.set(manner) }
        case .cut(let one, let other): try await cut([(one, other), (other, one)])
        case .deaf(let one, let other): try await cut([(one, other)])
        case .withoutDatabase(let side):
            try await cut([.primary, .standby].flatMap { [(side, $0), ($0, side)] })
        case .primaryIsLost:
            try await cut([.front, .left, .right, .standby].flatMap { [(.primary, $0), ($0, .primary)] })
        case .proxiesAreCutOff:
            try await cut([.left, .right].flatMap { [(.front, $0), ($0, .front)] })
        case .flood(let kind): flood = Flood(kind, on: serverPorts[kind.server])
        case .logIsLost(let part): daemon(part).loseLog()
        case .serverDiskIsFull(let place): try await servers[place].fillDisk(true)
        case .databaseDiskIsFull: try await databases.primary.fillDisk()
        case .newTokenKey:
            try await claverod(["rotate", data])
            for server in servers { server.signal(SIGHUP) }
        case .newRootKey: try await claverod(["rewrap", "--database", database, data])
        }
    }

    private func interrupt(_ interruption: Fault.Interruption) async throws {
        switch interruption {
        case .databaseStops: try await databases.primary.end(SIGQUIT)
        case .failOver: try await databases.primary.end(SIGKILL)
        case .kill(let place): try await servers[place].end()
        }
    }

    private func cut(_ ways: [(Fault.Place, Fault.Place)]) async throws {
        guard let network else { throw Mismatch("no network that could be cut") }
        for (one, other) in ways { try await network.cut(from: machine(one, network), to: machine(other, network)) }
    }

    private func machine(_ place: Fault.Place, _ network: Namespaces) -> Machine {
        switch place {
        case .front: network.machines[4]
        case .left: network.machines[0]
        case .right: network.machines[1]
        case .primary: databases.primary.machine
        case .standby: databases.standby.machine
        }
    }

    /// Ends a fault, so that the whole site can work again.
    func heal(_ fault: Fault) async throws {
        switch fault {
        case .kill(let part): try await daemon(part).start()
        case .stop(let part): daemon(part).signal(SIGCONT)
        case .link(let place, _): serverRelays[place].set(.well)
        case .databaseStops, .databaseDies: try await databases.primary.restart()
        case .serverDiskIsFull(let place): try await servers[place].fillDisk(false)
        case .databaseDiskIsFull:
            // The server ends by itself if it cannot write the data that it needs to recover.
            try await databases.primary.end(SIGQUIT)
            try await databases.primary.restart()
        case .databaseHangs: try databases.primary.signal(SIGCONT)
        case .standbyHangs: try databases.standby.signal(SIGCONT)
        case .commitsHang(let interruption):
            try databases.standby.signal(SIGCONT)
            switch interruption {
            case .databaseStops: try await databases.primary.restart()
            case .failOver: try await databases.failOver()
            case .kill(let place): try await servers[place].start()
            }
        case .databaseLink: for relay in databaseRelays { relay.set(.well) }
        case .cut, .deaf, .withoutDatabase, .proxiesAreCutOff: try await network?.heal()
        case .flood:
            await flood?.end()
            flood = nil
        case .newTokenKey, .newRootKey, .logIsLost: break
        case .failOver, .primaryIsLost: try await databases.failOver()
        }
    }

    /// Restores the state of the site before the fault.
    func settle(_ fault: Fault) async throws {
        switch fault {
        case .primaryIsLost:
            try await network?.heal()
            try await databases.join()
        case .failOver, .commitsHang(.failOver): try await databases.join()
        default: try await databases.waitForStandby()
        }
        try await waitForLinks()
    }
}

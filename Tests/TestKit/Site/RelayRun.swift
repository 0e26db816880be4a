import CLinux
import Foundation

/// The work of a relay's thread, one turn after another.
struct RelayRun {
    private let listener: Int32
    private let wake: Int32
    private let target: Int
    private var connections: [Connection] = []

    /// The bytes that were read at one end and are not yet written at the other.
    private struct Direction {
        let from: Int32
        let to: Int32
        /// The waiting bytes, each part with the time from which it may be written.
        var waiting: [(bytes: ArraySlice<UInt8>, due: ContinuousClock.Instant)] = []
        var hasEnded = false
        var isShut = false

        init(from: Int32, to: Int32) { (self.from, self.to) = (from, to) }

        var isOver: Bool { hasEnded && isShut }
        var takesMore: Bool { !hasEnded && waiting.reduce(0) { $0 + $1.bytes.count } < 1 << 18 }

        /// Reads bytes that may be written from `due` on. Returns false if the connection is lost.
        mutating func read(due: ContinuousClock.Instant) -> Bool {
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            let count = recv(from, &buffer, buffer.count, 0)
            if count > 0 { waiting.append((buffer[..<count], due)) }
            if count == 0 { hasEnded = true }
            return count >= 0 || errno == EAGAIN
        }

        mutating func write(_ now: ContinuousClock.Instant) -> Bool {
            while let first = waiting.first, first.due <= now {
                let count = first.bytes.withUnsafeBytes { send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                guard count >= 0 else { return errno == EAGAIN }
                waiting[0].bytes = first.bytes.dropFirst(count)
                if waiting[0].bytes.isEmpty { waiting.removeFirst() }
            }
            if hasEnded, waiting.isEmpty, !isShut {
                isShut = true
                shutdown(to, Int32(SHUT_WR))
            }
            return true
        }
    }

    private struct Connection {
        var up: Direction
        var down: Direction
        var isLost = false

        init(client: Int32, server: Int32) {
            (up, down) = (Direction(from: client, to: server), Direction(from: server, to: client))
        }

        var isOver: Bool { isLost || up.isOver && down.isOver }

        /// Closes both ends. If the connection is lost, they are closed with a reset, so that each end learns that
        /// bytes are missing.
        func close() {
            for descriptor in [up.from, up.to] {
                var linger = linger(l_onoff: 1, l_linger: 0)
                if isLost {
                    setsockopt(
                        descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
                }
                Glibc.close(descriptor)
            }
        }
    }

    init(listener: Int32, wake: Int32, target: Int) {
        (self.listener, self.wake, self.target) = (listener, wake, target)
    }

    /// Waits until work can be done, and does it.
    mutating func turn(_ manner: Relay.Manner) {
        if manner == .closed {
            for place in connections.indices { connections[place].isLost = true }
        }
        sweep()
        let events = wait(manner)
        let now = ContinuousClock.now
        guard events[0] == 0 else {
            // All other events are handled in the next turn, in the new manner.
            var bytes = [UInt8](repeating: 0, count: 64)
            _ = read(wake, &bytes, bytes.count)
            return
        }
        for place in connections.indices {
            move(&connections[place], manner, now, events[2 + 2 * place], events[3 + 2 * place])
        }
        if events[1] != 0 { accept() }
    }

    mutating func end() {
        for place in connections.indices { connections[place].isLost = true }
        sweep()
    }

    private mutating func sweep() {
        for connection in connections where connection.isOver { connection.close() }
        connections.removeAll(where: \.isOver)
    }

    /// Returns the events that poll(2) reports: those of the wake-up, of the listener, and of both ends of each
    /// connection.
    private func wait(_ manner: Relay.Manner) -> [Int16] {
        let now = ContinuousClock.now
        var polled = [wake, listener].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var next: ContinuousClock.Instant?
        for connection in connections {
            for (incoming, outgoing) in [(connection.up, connection.down), (connection.down, connection.up)] {
                var events: Int16 = 0
                if isMoving(incoming, of: connection, manner), incoming.takesMore { events |= Int16(POLLIN) }
                if isMoving(outgoing, of: connection, manner) {
                    let due = outgoing.waiting.first?.due ?? (outgoing.hasEnded && !outgoing.isShut ? now : nil)
                    if let due, due <= now { events |= Int16(POLLOUT) }
                    if let due, due > now { next = min(next ?? due, due) }
                }
                // An end without requested events is not polled, so its failure is not noticed either.
                polled.append(pollfd(fd: events == 0 ? -1 : incoming.from, events: events, revents: 0))
            }
        }
        let timeout = next.map { Int32((($0 - now) / .milliseconds(1)).rounded(.up)) } ?? -1
        guard poll(&polled, nfds_t(polled.count), timeout) >= 0 else { return polled.map { _ in 0 } }
        return polled.map(\.revents)
    }

    private func isMoving(_ direction: Direction, of connection: Connection, _ manner: Relay.Manner) -> Bool {
        switch manner {
        case .well, .late: true
        case .nothing, .closed: false
        case .deaf: direction.from == connection.up.from
        }
    }

    private func move(
        _ connection: inout Connection, _ manner: Relay.Manner, _ now: ContinuousClock.Instant, _ client: Int16,
        _ server: Int16
    ) {
        let readable = Int16(POLLIN | POLLERR | POLLHUP)
        var due = now
        if case .late(let delay) = manner { due += delay }
        if client & readable != 0, isMoving(connection.up, of: connection, manner), connection.up.takesMore {
            if !connection.up.read(due: due) { connection.isLost = true }
        }
        if server & readable != 0, isMoving(connection.down, of: connection, manner), connection.down.takesMore {
            if !connection.down.read(due: due) { connection.isLost = true }
        }
        if isMoving(connection.up, of: connection, manner), !connection.up.write(now) { connection.isLost = true }
        if isMoving(connection.down, of: connection, manner), !connection.down.write(now) { connection.isLost = true }
    }

    private mutating func accept() {
        // No child process inherits the socket.
        let client = accept4(listener, nil, nil, Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue))
        guard client >= 0 else { return }
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let server = socket(AF_INET, Int32(kind), 0)
        var on: Int32 = 1
        for descriptor in [client, server] {
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        }
        withUnsafePointer(to: Loopback.address(target)) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                // The result is not checked here. A failure shows when the socket is read or written.
                _ = connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        connections.append(Connection(client: client, server: server))
    }
}

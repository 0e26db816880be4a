import CGNU
import Glibc

/// Puts a load on a server, on the caller's thread. All connections use one epoll, and requests allocate no memory.
final class LoadLoop {
    private static let openRoom = 1 << 14
    private static let readRoom = 1 << 18
    private static let eventRoom = 512

    private let load: Load
    private let epoll: Int32
    private let connections: UnsafeMutablePointer<Connection>
    private var connectionCount = 0
    private let input: UnsafeMutableRawPointer
    private let events: UnsafeMutablePointer<epoll_event>
    private var latencies = Histogram()
    private var begin: UInt64 = 0
    private var end: UInt64 = 0
    private var lastReply: UInt64 = 0
    private var done = 0
    /// The number of requests of an open loop that have become due.
    private var dueCount = 0

    /// Connects, and runs the preambles.
    init(_ load: Load) throws(LoadError) {
        self.load = load
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        connections = .allocate(capacity: load.connections)
        input = .allocate(byteCount: Self.readRoom, alignment: 16)
        events = .allocate(capacity: Self.eventRoom)
        for number in 0..<load.connections { try connect(number) }
    }

    deinit {
        for number in 0..<connectionCount { connections[number].end() }
        connections.deinitialize(count: connectionCount)
        connections.deallocate()
        input.deallocate()
        events.deallocate()
        close(epoll)
    }

    private func connect(_ number: Int) throws(LoadError) {
        let dialogue = try Dialogue(load.target)
        do {
            try dialogue.run(load.preamble(number))
        } catch {
            dialogue.close()
            throw error
        }
        let room = if case .closed(let inFlight) = load.pace { inFlight } else { Self.openRoom }
        Socket.makeNonBlocking(dialogue.channel.descriptor)
        (connections + number).initialize(
            to: Connection(
                dialogue.channel, load.script(number), ReplyReader(load.shape, expecting: load.expected), room: room))
        connectionCount = number + 1
        control(EPOLL_CTL_ADD, number, EPOLLIN)
    }

    private func control(_ operation: Int32, _ number: Int, _ wanted: EPOLL_EVENTS) {
        var event = epoll_event()
        event.events = wanted.rawValue
        event.data.u32 = UInt32(number)
        epoll_ctl(epoll, operation, connections[number].channel.descriptor, &event)
    }

    func run(until stop: StopFlag?) throws(LoadError) -> LoadResult {
        let start = Clock.now()
        begin = start + Clock.nanoseconds(load.warmUp)
        end = begin + Clock.nanoseconds(load.seconds)
        lastReply = begin
        if case .closed(let inFlight) = load.pace { try fill(inFlight, at: start) }
        while done < connectionCount, stop?.isSet != true {
            let now = Clock.now()
            if now >= end { break }
            if case .open(let rate) = load.pace { try queueDue(rate, since: start, now: now) }
            try handle(wait(now, start))
        }
        let last = done == connectionCount ? lastReply : min(Clock.now(), end)
        return LoadResult(latencies, seconds: max(1e-9, Double(last - min(last, begin)) / 1e9))
    }

    /// Waits for events, for a tenth of a second at most, and not beyond the next request of an open loop. Returns
    /// the number of events.
    private func wait(_ now: UInt64, _ start: UInt64) -> Int {
        var limit: UInt64 = 100_000_000
        if case .open(let rate) = load.pace {
            let next = start + UInt64(Double(dueCount) / rate * 1e9)
            limit = min(limit, next > now ? next - now : 0)
        }
        var time = timespec(tv_sec: 0, tv_nsec: Int(limit))
        return Int(max(0, epoll_pwait2(epoll, events, Int32(Self.eventRoom), &time, nil)))
    }

    private func handle(_ count: Int) throws(LoadError) {
        for event in 0..<count {
            let number = Int(events[event].data.u32)
            let happened = events[event].events
            if happened & EPOLLOUT.rawValue != 0 { try write(number) }
            if happened & ~EPOLLOUT.rawValue != 0 { try read(number) }
        }
    }

    // MARK: Requests

    private func fill(_ inFlight: Int, at time: UInt64) throws(LoadError) {
        for number in 0..<connectionCount {
            for _ in 0..<inFlight where !connections[number].queue(dueAt: time) { break }
            if connections[number].isDone { done += 1 }
            try write(number)
        }
    }

    /// Gives the requests that are due to the connections in turn.
    private func queueDue(_ rate: Double, since start: UInt64, now: UInt64) throws(LoadError) {
        let target = Int(Double(now - start) * rate / 1e9) + 1
        let first = dueCount
        while dueCount < target {
            let number = dueCount % connectionCount
            let isQueued = connections[number].queue(dueAt: start + UInt64(Double(dueCount) / rate * 1e9))
            guard isQueued || connections[number].isExhausted else {
                throw LoadError("\(Self.openRoom) requests wait on a connection: the rate is beyond the server")
            }
            dueCount += 1
        }
        for offset in 0..<min(dueCount - first, connectionCount) { try write((first + offset) % connectionCount) }
    }

    private func write(_ number: Int) throws(LoadError) {
        guard connections[number].write() else { throw LoadError("a connection was closed while it was written to") }
        let isBlocked = connections[number].owed > 0
        if isBlocked != connections[number].isWaitingToWrite {
            connections[number].isWaitingToWrite = isBlocked
            control(EPOLL_CTL_MOD, number, isBlocked ? EPOLL_EVENTS(EPOLLIN.rawValue | EPOLLOUT.rawValue) : EPOLLIN)
        }
    }

    // MARK: Replies

    /// Reads once, or repeatedly while TLS has bytes. Then it writes all requests that became due by the replies.
    private func read(_ number: Int) throws(LoadError) {
        var replies = 0
        repeat {
            let kept = connections[number].leftOver.count
            if kept > 0 {
                _ = connections[number].leftOver.withUnsafeBytes { memcpy(input, $0.baseAddress!, kept) }
                connections[number].leftOver.removeAll(keepingCapacity: true)
            }
            let room = UnsafeMutableRawBufferPointer(start: input + kept, count: Self.readRoom - kept)
            switch connections[number].channel.read(into: room) {
            case .bytes(let count): replies += try take(number, kept + count)
            case .wouldBlock:
                keep(number, from: 0, to: kept)
            case .closed: throw LoadError("a connection was closed while replies were awaited")
            }
        } while connections[number].channel.hasPending
        if replies > 0 { try settle(number, replies) }
    }

    private func take(_ number: Int, _ count: Int) throws(LoadError) -> Int {
        let bytes = UnsafeRawBufferPointer(start: input, count: count)
        let (replies, used) = try connections[number].reader.read(bytes)
        guard count - used < Self.readRoom / 2 else { throw LoadError("a reply's first line has no end") }
        keep(number, from: used, to: count)
        return replies
    }

    private func keep(_ number: Int, from used: Int, to count: Int) {
        guard used < count else { return }
        connections[number].leftOver.append(
            contentsOf: UnsafeRawBufferPointer(start: input + used, count: count - used))
    }

    private func settle(_ number: Int, _ replies: Int) throws(LoadError) {
        let now = Clock.now()
        let isMeasured = now >= begin && now < end
        let isClosed = if case .closed = load.pace { true } else { false }
        for _ in 0..<replies {
            guard let due = connections[number].settle() else { throw LoadError("a reply that nobody asked for") }
            if isMeasured { latencies.record(now - due) }
            if isClosed { _ = connections[number].queue(dueAt: now) }
        }
        lastReply = max(lastReply, now)
        if connections[number].isDone { done += 1 }
        if isClosed { try write(number) }
    }
}

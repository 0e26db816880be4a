import CGNU
import Glibc

/// A server that does as little as possible, on a thread of this program: it answers each line with a constant. The
/// load generator's rate against it is the limit of all that it can measure.
final class ConstantServer: Sendable {
    let port: UInt16
    private let worker: Worker<Void>
    private let stop = StopFlag()

    /// Starts the server.
    ///
    /// - Parameter processor: The only processor that its thread may use; nil for all.
    init(processor: Int? = nil) throws(LoadError) {
        let (listener, port) = try Socket.listen()
        self.port = port
        worker = Worker { [stop] in
            if let processor { Processors.restrict(to: processor) }
            Answering(listener).run(until: stop)
        }
    }

    /// Ends the thread.
    func end() {
        stop.set()
        try? worker.join()
    }

    /// Measures the load generator against this server.
    static func ceiling(
        connections: Int, inFlight: Int, seconds: Double, processor: Int? = nil
    ) throws -> LoadResult {
        let server = try ConstantServer(processor: processor)
        defer { server.end() }
        var load = Load(
            Target(port: server.port), connections: connections, inFlight: inFlight, request: Script.line("NOOP"))
        load.preamble = { _ in [] }
        load.seconds = seconds
        return try load.run()
    }
}

/// The work of the server's thread.
private final class Answering {
    private static let readRoom = 1 << 16
    private static let answer = Array("250 2.0.0 OK\r\n".utf8)

    private let listener: Int32
    private let epoll: Int32
    private let input = UnsafeMutableRawPointer.allocate(byteCount: readRoom, alignment: 16)
    private let answers: [UInt8]
    private var open: Set<Int32> = []

    init(_ listener: Int32) {
        self.listener = listener
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        var answers = Self.answer
        // One read can contain this many line ends.
        while answers.count < Self.readRoom * Self.answer.count { answers += answers }
        self.answers = answers
        watch(listener)
    }

    deinit {
        for descriptor in open { close(descriptor) }
        close(listener)
        close(epoll)
        input.deallocate()
    }

    private func watch(_ descriptor: Int32) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.fd = descriptor
        epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)
    }

    func run(until stop: StopFlag) {
        let room = 256
        let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: room)
        defer { events.deallocate() }
        while !stop.isSet {
            let count = epoll_wait(epoll, events, Int32(room), 50)
            for event in 0..<max(0, Int(count)) {
                let descriptor = events[event].data.fd
                if descriptor == listener { take() } else { answer(descriptor) }
            }
        }
    }

    private func take() {
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0 else { return }
        open.insert(descriptor)
        watch(descriptor)
    }

    /// Answers the lines of one read. The answers are short enough that a client that reads has room for them.
    private func answer(_ descriptor: Int32) {
        let count = recv(descriptor, input, Self.readRoom, 0)
        guard count > 0 else {
            open.remove(descriptor)
            close(descriptor)
            return
        }
        var lines = 0
        var rest = UnsafeMutableRawPointer(input)
        let end = input + count
        while let found = memchr(rest, 0x0A, end - rest) {
            lines += 1
            rest = found + 1
        }
        let size = lines * Self.answer.count
        _ = answers.withUnsafeBytes { send(descriptor, $0.baseAddress, size, Int32(MSG_NOSIGNAL)) }
    }
}

import NIOCore
import NIOPosix
import Wire

/// Lets many calls in one turn of an event loop do their work once, at the turn's end.
///
/// Confined to its event loop.
final class OncePerTurn {
    fileprivate let loop: any EventLoop
    private let work: () -> Void
    private var isScheduled = false

    init(on loop: any EventLoop, _ work: @escaping () -> Void) {
        self.loop = loop
        self.work = work
    }

    func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        TurnEnd.of(loop).add(self)
    }

    fileprivate func run() {
        isScheduled = false
        work()
    }
}

/// What is to be done at the end of an event loop's turn: one task of the loop's for all who wait for it.
private final class TurnEnd {
    /// Each thread sees its own.
    private nonisolated(unsafe) static let current = ThreadSpecificVariable<TurnEnd>()

    private let loop: any EventLoop
    private var waiting: [OncePerTurn] = []

    private init(_ loop: any EventLoop) {
        self.loop = loop
    }

    /// That of the loop whose thread this is.
    static func of(_ loop: any EventLoop) -> TurnEnd {
        if let known = current.currentValue, known.loop === loop { return known }
        let new = TurnEnd(loop)
        current.currentValue = new
        return new
    }

    func add(_ one: OncePerTurn) {
        waiting.append(one)
        guard waiting.count == 1 else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.execute { bound.value.run() }
    }

    private func run() {
        let all = waiting
        waiting.removeAll()
        for one in all { one.run() }
    }
}

extension Responder {
    /// Answers `request` on `loop`: before this returns, if the answer is there at once.
    func respond(
        to request: Request, from caller: Caller, on loop: any EventLoop, _ answer: @escaping (Answer) -> Void
    ) {
        let bound = NIOLoopBound(answer, eventLoop: loop)
        respond(to: request, from: caller) { result in
            if loop.inEventLoop { bound.value(result) } else { loop.execute { bound.value(result) } }
        }
    }
}

extension ChannelHandlerContext {
    /// Writes what was taken from an outbox, in as few system calls as it takes.
    func write(all contents: Outbox.Contents) {
        for part in contents.parts { write(NIOAny(part), promise: nil) }
        if contents.last.readableBytes > 0 { write(NIOAny(contents.last), promise: nil) }
        flush()
    }
}

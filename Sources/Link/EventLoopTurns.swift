import NIOCore
import Wire

/// Lets many calls in one turn of an event loop do their work once, at the turn's end.
///
/// Confined to its event loop.
final class OncePerTurn {
    private let loop: any EventLoop
    private let work: () -> Void
    private var isScheduled = false

    init(on loop: any EventLoop, _ work: @escaping () -> Void) {
        self.loop = loop
        self.work = work
    }

    func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.execute { bound.value.run() }
    }

    private func run() {
        isScheduled = false
        work()
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

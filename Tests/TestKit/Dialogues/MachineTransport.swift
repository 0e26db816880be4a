import Dispatch
import NIOCore
import Wire

/// A session without sockets. The machine and its responder run on a queue of their own.
package final class MachineTransport: Transport, @unchecked Sendable {
    private let queue = DispatchQueue(label: "test.machine")
    private let responder: any Responder
    private let memory: (any LaneMemory)?
    private var machine: SessionMachine
    private var output = Outbox()
    /// The output that the reader has not taken yet.
    private var written = ByteBuffer()
    private var isClosed = false
    private var reader: CheckedContinuation<[UInt8]?, any Error>?
    private var reads = 0

    /// Creates the session. The responder is used only on the transport's queue.
    package init(_ commands: SessionCommands, _ responder: any Responder, privacy: Privacy = .local) {
        self.responder = responder
        memory = responder.makeLaneMemory()
        machine = SessionMachine(commands, privacy: privacy)
        let greeting = SessionCommands.greeting(of: commands.host)
        greeting.write(form: .line, result: .plain, into: &output)
        written = output.takeJoined()
    }

    package func write(_ bytes: [UInt8]) async throws {
        queue.async {
            var buffer = ByteBuffer(bytes: bytes)
            self.machine.received(&buffer)
            self.run()
        }
    }

    package func read() async throws -> [UInt8]? {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                self.reader = continuation
                self.reads += 1
                self.giveUp(self.reads)
                self.deliver()
            }
        }
    }

    /// Ends a read that gets no reply within five minutes, so that the test fails and does not hang.
    private func giveUp(_ read: Int) {
        queue.asyncAfter(deadline: .now() + 300) {
            guard read == self.reads else { return }
            self.reader?.resume(throwing: Mismatch("no reply within five minutes"))
            self.reader = nil
        }
    }

    package func finish() async throws {
        queue.async {
            self.machine.inputEnded()
            self.run()
        }
    }

    package func close() async {}

    private func run() {
        var budget = TurnBudget()
        repeat {
            budget = TurnBudget()
            runTurn(&budget)
            written.writeImmutableBuffer(output.takeJoined())
        } while budget.isOver
        deliver()
    }

    private func runTurn(_ budget: inout TurnBudget) {
        var clock = TurnClock()
        while let action = machine.next(responder.manifest, into: &output, &budget) {
            switch action {
            case .respond(let ticket, let request):
                let caller = Caller(
                    lane: 1, peer: "test", token: machine.token, privacy: machine.privacy, memory: memory)
                if let answer = responder.answer(to: request, from: caller, &clock) {
                    machine.answered(ticket, answer)
                    continue
                }
                responder.respond(to: request, from: caller) { answer in
                    self.queue.async {
                        self.machine.answered(ticket, answer)
                        self.run()
                    }
                }
            case .becomeLink, .startTLS: break
            case .close: isClosed = true
            }
        }
    }

    private func deliver() {
        guard let reader, written.readableBytes > 0 || isClosed else { return }
        self.reader = nil
        let bytes = Array(written.readableBytesView)
        written = ByteBuffer()
        reader.resume(returning: bytes.isEmpty ? nil : bytes)
    }
}

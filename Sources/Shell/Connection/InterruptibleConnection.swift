import Input
import Link
import NIOCore
import Wire

/// An open connection to a server, on which Ctrl-C ends each wait.
///
/// A method that throws has closed the connection. Its `ExitError` names the server.
final class InterruptibleConnection {
    let connection: ClientConnection
    private let endpoint: Endpoint
    /// The reply whose wait was interrupted. The next wait for a reply continues with it.
    private var pendingHead: EventLoopFuture<ReplyHead>?

    init(_ connection: ClientConnection, to endpoint: Endpoint) {
        self.connection = connection
        self.endpoint = endpoint
    }

    var isOpen: Bool { connection.isOpen }

    /// Returns the next reply without its body, or nil if Ctrl-C comes first.
    func nextHead() throws(ExitError) -> ReplyHead? {
        let future = pendingHead ?? connection.nextHead()
        pendingHead = future
        let head = try wait(for: future)
        if head != nil { pendingHead = nil }
        return head
    }

    /// Returns the next part of the reply's body. The outer optional is nil if Ctrl-C comes first, the inner one at the
    /// body's end.
    func nextBody() throws(ExitError) -> ByteBuffer?? {
        try wait(for: connection.nextBody())
    }

    /// Returns a reply that has already arrived, without waiting.
    func arrivedReply() -> Reply? {
        try? connection.arrivedReply().wait()
    }

    /// Sends bytes and waits until they have left. Returns false if Ctrl-C comes first.
    ///
    /// - Parameter tick: a function that is called about ten times a second during the wait.
    func send(_ bytes: ByteBuffer, tick: () -> Void = {}) throws(ExitError) -> Bool {
        try wait(for: connection.sending(bytes), tick: tick) != nil
    }

    func close() { connection.close() }

    private func wait<Value: Sendable>(
        for future: EventLoopFuture<Value>, tick: () -> Void = {}
    ) throws(ExitError) -> Value? {
        do {
            return try Interrupt.wait(for: future, tick: tick)
        } catch {
            close()
            throw ExitError(message: TerminalText.escaped("\(endpoint): \(error)"), status: .unavailable)
        }
    }
}

import Input
import NIOCore
import Wire

/// The sender of requests and of their messages on a connection. The connection's trace shows what it sends.
///
/// A failure to send is reported by the wait for the reply.
struct RequestSender {
    private static let batchSize = 1 << 16

    private let connection: ServerConnection

    init(_ connection: ServerConnection) {
        self.connection = connection
    }

    /// Sends a request, which may contain literals, and its line end.
    func send(_ request: ByteBuffer) {
        var bytes = request
        bytes.writeStaticString("\r\n")
        send(whole: bytes, traced: request)
    }

    /// Sends a request that has its line end.
    ///
    /// - Parameter line: the line that the trace shows for the request.
    func send(whole bytes: ByteBuffer, traced line: ByteBuffer) {
        connection.trace?.request(line, connection.spec(of: RequestLine(head: line).verb))
        connection.send(bytes)
    }

    /// Sends a request whose message is a file. The file is announced as a literal and not sent yet, since the server may
    /// refuse it.
    func announce(_ file: MessageFile, after request: ByteBuffer) {
        connection.owesLiteral = true
        send(ByteBuffer(bytes: request.readableBytesView + " {\(file.size)}".utf8))
    }

    /// Sends the lines of a text, which `next` returns one by one until it returns nil.
    func sendText(_ next: () throws(ExitError) -> ByteBuffer?) throws(ExitError) {
        var bytes = ByteBuffer()
        while let line = try next() {
            connection.trace?.text(line)
            bytes.writeLine(line)
            guard bytes.readableBytes >= Self.batchSize else { continue }
            connection.send(bytes)
            bytes = ByteBuffer()
        }
        connection.send(bytes)
    }

    /// Sends the bytes of an announced file, and the line end after them. A long transfer shows a progress bar.
    ///
    /// If Ctrl-C interrupts the transfer, the connection still owes a part of the literal.
    ///
    /// - Throws: an `ExitError` if the file is shorter than announced. The connection is closed then.
    func sendLiteral(_ file: MessageFile) throws(ExitError) {
        connection.trace?.literal(byteCount: file.size)
        let progress = ProgressBar(of: file.size)
        defer { progress.end() }
        var rest = file.size
        while rest > 0 {
            guard let part = try file.next(rest) else {
                connection.disconnect()
                throw ExitError(
                    message: "\(TerminalText.escaped(file.name)) became shorter while it was sent", status: .input)
            }
            let sent = file.size - rest
            let hasLeft = try connection.withTransport { transport throws(ExitError) in
                try transport.send(part) { progress.show(sent) }
            }
            guard hasLeft else { return }
            rest -= part.readableBytes
            progress.show(file.size - rest)
        }
        connection.owesLiteral = false
        connection.write(ByteBuffer())
    }
}

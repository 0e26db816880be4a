import Link
import NIOCore
import Wire

/// What goes to the server. That it could not be sent is told by the next reply.
extension Session {
    private static let batch = 1 << 16

    /// Sends a request, which may have literals in it, and its line end.
    func sendRequest(_ request: ByteBuffer) {
        var octets = request
        octets.writeStaticString("\r\n")
        sendRequest(whole: octets, shown: request)
    }

    /// Sends a request that has its line end. `shown`: what the trace shows of it, a line.
    func sendRequest(whole octets: ByteBuffer, shown line: ByteBuffer) {
        trace?.request(line, spec(of: Frame(head: line).verb))
        send(octets)
    }

    /// Sends a request whose message is a file, as a literal that the server is asked for first: what it does not take
    /// need not be sent.
    func announce(_ request: ByteBuffer, _ file: MessageFile) {
        owed = file.size
        sendRequest(ByteBuffer(bytes: request.readableBytesView + " {\(file.size)}".utf8))
    }

    /// Sends the answer to a 334.
    func sendSecret(_ line: ByteBuffer) {
        trace?.secret()
        write(line)
    }

    /// Sends lines of a text until there is no next one, many at a time.
    func sendText(_ next: () throws(Stop) -> ByteBuffer?) throws(Stop) {
        var octets = ByteBuffer()
        while let line = try next() {
            trace?.text(line)
            Self.write(line, into: &octets)
            guard octets.readableBytes >= Self.batch else { continue }
            send(octets)
            octets = ByteBuffer()
        }
        send(octets)
    }

    /// Sends the octets of a literal that was announced, and the end of its line. Something is still owed afterwards if
    /// Ctrl-C came before the end. What takes long shows on the terminal how far it has come.
    ///
    /// - Throws: when the file has fewer than it had; then the session ends.
    func sendLiteral(_ file: MessageFile) throws(Stop) {
        trace?.octets(file.size)
        let progress = ProgressBar(of: file.size)
        defer { progress.end() }
        var rest = file.size
        while rest > 0 {
            guard let part = try file.next(rest) else {
                disconnect()
                throw Stop(message: "\(Escaping.shown(file.name)) became shorter while it was sent", status: .input)
            }
            let sent = file.size - rest
            guard try wait({ $0.sending(part) }, tick: { progress.show(sent) }) != nil else { return }
            rest -= part.readableBytes
            progress.show(file.size - rest)
        }
        owed = nil
        write(ByteBuffer())
    }

    /// A text cannot be taken back, but one with a NUL in it is refused whole.
    func refuseText() {
        write(ByteBuffer(bytes: [0]))
        write(ByteBuffer(string: "."))
    }

    /// Sends a line as it is.
    func write(_ line: ByteBuffer) {
        var octets = ByteBuffer()
        Self.write(line, into: &octets)
        send(octets)
    }

    /// Sends octets as they are. Ctrl-C meanwhile is what ends the wait for the reply.
    func send(_ octets: ByteBuffer) {
        do throws(Stop) {
            if try wait({ $0.sending(octets) }) == nil { Interrupt.leave() }
        } catch {}
    }

    /// Appends a line as it is sent.
    static func write(_ line: ByteBuffer, into octets: inout ByteBuffer) {
        for octet in line.readableBytesView {
            octets.writeInteger(octet)
            // Telnet's escape: alone it would vanish from the line, doubled it is seen and refused.
            if octet == 0xFF { octets.writeInteger(octet) }
        }
        octets.writeStaticString("\r\n")
    }
}

extension ByteBuffer {
    /// A line of a text with its leading dot doubled (RFC 5321, 4.5.2).
    var dotStuffed: ByteBuffer {
        guard readableBytesView.first == UInt8(ascii: ".") else { return self }
        return ByteBuffer(bytes: [UInt8(ascii: ".")] + readableBytesView)
    }
}

import Glibc
import NIOCore
import Wire

/// Where words go: answers to standard output, everything else to standard error.
enum Output {
    /// Writes a refusal as it came.
    static func refusal(_ reply: Reply) {
        note(text(of: reply))
    }

    static func complain(_ message: String) {
        note("clavero: \(message)")
    }

    /// Writes lines to standard error.
    static func note(_ text: String, terminator: String = "\n") {
        write(ByteBuffer(string: text + terminator), to: STDERR_FILENO)
    }

    /// `550 5.1.1 No such account`.
    static func text(of reply: Reply) -> String {
        let code = [String(reply.code), reply.enhanced].compactMap { $0 }.joined(separator: " ")
        return reply.lines.map { Escaping.shown("\(code) \($0)") }.joined(separator: "\n")
    }

    /// Writes to standard output. An answer that nobody can read ends the program: in silence when its reader has gone,
    /// as in `clavero | head`.
    static func write(_ octets: ByteBuffer) {
        guard !write(octets, to: STDOUT_FILENO) else { return }
        if errno != EPIPE { complain("standard output: \(String(cString: strerror(errno)))") }
        exit(Status.output.rawValue)
    }

    /// False when they could not be written, and `errno` says why.
    @discardableResult
    static func write(_ octets: ByteBuffer, to descriptor: Int32) -> Bool {
        var rest = octets.readableBytesView
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno != EINTR { return false }
            rest = rest.dropFirst(max(0, count))
        }
        return true
    }
}

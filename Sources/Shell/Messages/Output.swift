import Glibc
import Link
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
        Files.write((text + terminator).utf8, to: STDERR_FILENO)
    }

    /// `550 5.1.1 No such account`.
    static func text(of reply: Reply) -> String {
        let code = [String(reply.code), reply.enhanced].compactMap { $0 }.joined(separator: " ")
        return reply.lines.map { Escaping.shown("\(code) \($0)") }.joined(separator: "\n")
    }

    /// Writes to standard output. An answer that nobody can read ends the program: in silence when its reader has gone,
    /// as in `clavero | head`.
    static func write(_ octets: ByteBuffer) {
        guard Files.write(octets.readableBytesView, to: STDOUT_FILENO) else { fail(errno) }
    }

    /// Ends the program if something that was printed by `print` cannot be written.
    static func finish() {
        if let error = StandardStreams.finishOutput() { fail(error) }
    }

    private static func fail(_ error: Int32) -> Never {
        if error != EPIPE { complain("standard output: \(String(cString: strerror(error)))") }
        exit(Status.output.rawValue)
    }
}

import Glibc
import Input
import Link
import NIOCore
import POSIX
import Wire

/// The output of the program: answers go to standard output, and messages to standard error.
enum Output {
    /// Writes the reply of a refused request for a user at a terminal: its words first, then its code, dim.
    static func reportRefusal(_ reply: Reply) {
        let code = [String(reply.code), reply.enhanced].compactMap { $0 }.joined(separator: " ")
        writeMessage("\(TerminalText.escaped(reply.lines.joined(separator: "\n"))) \(dim("(\(code))"))")
    }

    /// Returns the text as a terminal shows it dim, where it can.
    static func dim(_ text: String) -> String { Terminal.hasColour ? "\u{1b}[2m\(text)\u{1b}[22m" : text }

    static func reportError(_ message: String) {
        writeMessage("clavero: \(message)")
    }

    /// Writes a text to standard error.
    static func writeMessage(_ text: String, terminator: String = "\n") {
        FileIO.write((text + terminator).utf8, to: STDERR_FILENO)
    }

    /// Returns the reply in one line for each of its lines, such as `550 5.1.1 No such account`.
    static func text(of reply: Reply) -> String {
        let code = [String(reply.code), reply.enhanced].compactMap { $0 }.joined(separator: " ")
        return reply.lines.map { TerminalText.escaped("\(code) \($0)") }.joined(separator: "\n")
    }

    /// Writes bytes to standard output. If that fails, ends the program, without a message if the reader has closed
    /// the pipe.
    static func write(_ bytes: ByteBuffer) {
        guard FileIO.write(bytes.readableBytesView, to: STDOUT_FILENO) else { fail(errno) }
    }

    /// Ends the program with an error if text that `print` has written cannot be flushed.
    static func finish() {
        if let error = StandardStreams.finishOutput() { fail(error) }
    }

    private static func fail(_ error: Int32) -> Never {
        if error != EPIPE { reportError("standard output: \(SystemError.text(error))") }
        exit(ExitStatus.transfer.rawValue)
    }
}

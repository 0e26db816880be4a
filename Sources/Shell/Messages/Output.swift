import Glibc
import NIOCore
import Wire

/// Where words go: answers to standard output, everything else to standard error.
enum Output {
    /// Writes what a reply answers. `isForPeople`: a terminal shows it, which must not be made to do anything else.
    static func answer(_ reply: Reply, isForPeople: Bool) {
        var out = ByteBuffer()
        if reply.body == nil || reply.lines != [""] {
            for line in reply.lines { out.writeString("\(isForPeople ? Escaping.shown(line) : line)\n") }
        }
        if let body = reply.body {
            if isForPeople { out.writeString(shown(body)) } else { out.writeImmutableBuffer(body) }
        }
        write(out.readableBytesView)
    }

    /// Writes a refusal as it came.
    static func refusal(_ reply: Reply) {
        note(text(of: reply))
    }

    static func complain(_ message: String) {
        note("clavero: \(message)")
    }

    /// Writes lines to standard error.
    static func note(_ text: String, terminator: String = "\n") {
        var octets = Array((text + terminator).utf8)[...]
        while !octets.isEmpty {
            let count = octets.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno != EINTR { return }
            octets = octets.dropFirst(max(0, count))
        }
    }

    /// `550 5.1.1 No such account`.
    static func text(of reply: Reply) -> String {
        let code = [String(reply.code), reply.enhanced].compactMap { $0 }.joined(separator: " ")
        return reply.lines.map { Escaping.shown("\(code) \($0)") }.joined(separator: "\n")
    }

    /// A body as a person may see it, with a line end.
    static func shown(_ body: ByteBuffer) -> String {
        guard let text = String(validating: body.readableBytesView, as: UTF8.self),
            !text.unicodeScalars.contains(where: { $0 != "\n" && Escaping.isControl($0) })
        else {
            return "(\(body.readableBytes) octets of binary; not shown)\n"
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { Escaping.shown(String($0)) }.joined(separator: "\n") + (text.hasSuffix("\n") ? "" : "\n")
    }

    /// An answer that nobody can read ends the program: in silence when its reader has gone, as in `clavero | head`.
    private static func write(_ octets: ByteBufferView) {
        var octets = octets
        while !octets.isEmpty {
            let count = octets.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno != EINTR {
                if errno != EPIPE { complain("standard output: \(String(cString: strerror(errno)))") }
                exit(Status.output.rawValue)
            }
            octets = octets.dropFirst(max(0, count))
        }
    }
}

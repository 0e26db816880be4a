import NIOCore
import Wire

/// The trace of requests and replies on standard error. Secrets are masked.
struct ProtocolTrace {
    static let mask = "********"

    private let isColoured = Terminal.hasColour

    func request(_ line: ByteBuffer, _ spec: CommandSpec?) {
        write(">", Self.masked(Array(line.readableBytesView), spec))
    }

    func secret() { write(">", Self.mask) }

    func text(_ line: ByteBuffer) { write(">", String(decoding: line.readableBytesView, as: UTF8.self)) }

    func literal(byteCount: Int) { write(">", "(\(byteCount) bytes)") }

    /// Traces a reply.
    ///
    /// - Parameter body: the size of its body, in bytes; nil if it has none.
    func reply(_ reply: Reply, body: Int?) {
        let lines = reply.lines
        for (index, line) in lines.enumerated() {
            let isLast = index == lines.count - 1
            let start = "\(reply.code)\(isLast ? " " : "-")" + (reply.enhanced.map { "\($0) " } ?? "")
            write("<", start + line + (isLast ? body.map { " {\($0)}" } ?? "" : ""))
        }
    }

    private func write(_ direction: String, _ text: String) {
        let line = "\(direction) \(TerminalText.escaped(text))"
        Output.writeMessage(isColoured ? "\u{1b}[2m\(line)\u{1b}[0m" : line)
    }

    /// Returns a request's line with its secrets masked. If the command takes secrets, arguments that match no parameter
    /// are masked too.
    ///
    /// - Parameter spec: the declaration of the verb. Without one, the line is returned as it is.
    static func masked(_ line: [UInt8], _ spec: CommandSpec?) -> String {
        let words = TypedWord.split(line)
        guard let spec, !words.isEmpty else { return String(decoding: line, as: UTF8.self) }
        let match = ParameterMatch(words, of: spec)
        var shown: [String] = []
        for (index, (word, parameter)) in zip(words, match.parameters).enumerated() {
            if index == match.messageIndex {
                shown.append(String(decoding: line[word.range.lowerBound...], as: UTF8.self))
                break
            }
            let isSecret = index > 0 && (parameter.map { $0.type == .secret } ?? spec.takesSecret)
            let key = parameter?.key == nil ? [] : word.value.prefix(word.prefix)
            shown.append(String(decoding: isSecret ? key + mask.utf8 : line[word.range], as: UTF8.self))
        }
        return shown.joined(separator: " ")
    }
}

import NIOCore
import Wire

/// The lines on the wire, as they go by, on standard error; secrets are masked.
struct Trace {
    static let mask = "********"

    private let isColoured = Screen.hasColour

    func request(_ line: ByteBuffer, _ spec: CommandSpec?) {
        note(">", Self.masked(Array(line.readableBytesView), spec))
    }

    func secret() { note(">", Self.mask) }

    func text(_ line: ByteBuffer) { note(">", String(decoding: line.readableBytesView, as: UTF8.self)) }

    func octets(_ count: Int) { note(">", "(\(count) octets)") }

    /// A reply as it came. `body`: octets of its body.
    func reply(_ reply: Reply, body: Int?) {
        let lines = reply.lines
        for (index, line) in lines.enumerated() {
            let isLast = index == lines.count - 1
            let start = "\(reply.code)\(isLast ? " " : "-")" + (reply.enhanced.map { "\($0) " } ?? "")
            note("<", start + line + (isLast ? body.map { " {\($0)}" } ?? "" : ""))
        }
    }

    private func note(_ direction: String, _ text: String) {
        let line = "\(direction) \(Escaping.shown(text))"
        Output.note(isColoured ? "\u{1b}[2m\(line)\u{1b}[0m" : line)
    }

    /// A request's line with the values of its secrets masked; all of its arguments, where it cannot be told which of
    /// them are.
    static func masked(_ line: [UInt8], _ spec: CommandSpec?) -> String {
        let words = Words(line).all
        guard let spec, !words.isEmpty else { return String(decoding: line, as: UTF8.self) }
        let places = Placement(words, of: spec)
        var shown: [String] = []
        for (index, (word, parameter)) in zip(words, places.parameters).enumerated() {
            if index == places.message {
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

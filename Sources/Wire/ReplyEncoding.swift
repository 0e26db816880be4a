import Armor
import NIOCore

/// How a reply is written.
///
///     reply   = *(code "-" line CRLF) code SP line [literal] CRLF
///     line    = [enhanced SP] text
///     literal = "{" n "}" CRLF n*OCTET            ; behind a space, or alone
extension Reply {
    /// Octets of a line at most, its line end included: what smtplib reads.
    static let lineLimit = 8192
    private static let armourWidth = 76

    /// Writes the reply to a client, its body in the form in which the request's message came. A body that cannot be
    /// written in that form without changing it is written as lines, or else as a literal.
    package func write(form: BodyForm, result: ResultKind, into out: inout ByteBuffer) {
        guard let body else { return writeLines(lines, into: &out) }
        if form != .literal, let text = Self.text(of: body, result) {
            if form == .line, lines.count == 1, let line = joined(text), fits(line) {
                return writeLines([line], into: &out)
            }
            let about = lines.count == 1 && lines[0].isEmpty ? [] : lines
            let body = result == .sealed ? Self.wrapped(text) : Self.split(text)
            if body.allSatisfy(fits) { return writeLines(about + body, into: &out) }
        }
        writeLiteral(body, lane: nil, into: &out)
    }

    /// Writes the reply on a link: the body, if there is one, always as a literal.
    package func write(lane: UInt64, into out: inout ByteBuffer) {
        if let body { writeLiteral(body, lane: lane, into: &out) } else { writeLines(lines, lane: lane, into: &out) }
    }

    private func joined(_ text: String) -> String? {
        guard !text.utf8.contains(UInt8(ascii: "\n")) else { return nil }
        return lines[0].isEmpty ? text : "\(lines[0]) \(text)"
    }

    /// A line that a reader could take for a literal's announcement does not fit either.
    private func fits(_ line: String) -> Bool {
        line.utf8.count + 32 <= Self.lineLimit && LiteralMark(endOf: line.utf8) == nil
    }

    /// The body as text, if it can stand on lines: UTF-8 without control characters other than TAB and LF.
    private static func text(of body: ByteBuffer, _ result: ResultKind) -> String? {
        if result == .sealed {
            return Armour.encode(body.readableBytesSpan).map { String(decoding: $0, as: UTF8.self) }
        }
        let clean = body.readableBytesView.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 || $0 == 0x0A }
        return clean ? String(validating: body.readableBytesView, as: UTF8.self) : nil
    }

    private static func split(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private static func wrapped(_ text: String) -> [String] {
        var rest = text.utf8[...]
        var lines: [String] = []
        while !rest.isEmpty {
            lines.append(String(rest.prefix(armourWidth))!)
            rest = rest.dropFirst(armourWidth)
        }
        return lines
    }

    private func writeLiteral(_ body: ByteBuffer, lane: UInt64?, into out: inout ByteBuffer) {
        var lines = lines
        let last = lines.removeLast()
        lines.append(last.isEmpty ? "{\(body.readableBytes)}" : "\(last) {\(body.readableBytes)}")
        writeLines(lines, lane: lane, into: &out)
        out.writeImmutableBuffer(body)
        out.writeStaticString("\r\n")
    }

    private func writeLines(_ lines: [String], lane: UInt64? = nil, into out: inout ByteBuffer) {
        for (index, line) in lines.enumerated() {
            if let lane { out.writeString("#\(lane) ") }
            out.writeString("\(code)")
            out.writeInteger(index == lines.count - 1 ? UInt8(ascii: " ") : UInt8(ascii: "-"))
            if let enhanced { out.writeString("\(enhanced) ") }
            Self.writePrintable(line, into: &out)
            out.writeStaticString("\r\n")
        }
    }

    /// Control characters would let a text end its line early or reach a terminal: each becomes `?`.
    private static func writePrintable(_ line: String, into out: inout ByteBuffer) {
        let isControl = { (octet: UInt8) in octet < 0x20 && octet != 0x09 || octet == 0x7F }
        if line.utf8.contains(where: isControl) {
            out.writeBytes(line.utf8.map { isControl($0) ? UInt8(ascii: "?") : $0 })
        } else {
            out.writeString(line)
        }
    }
}

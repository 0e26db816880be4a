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
    ///
    /// Whatever the reply's texts are made of, one reply is written and nothing else: see `cleaned`.
    package func write(form: BodyForm, result: ResultKind, into out: inout Outbox) {
        guard isClean else { return cleaned.write(form: form, result: result, into: &out) }
        guard let body else { return writeLines(into: &out.octets) }
        if form == .line, result == .sealed, more.isEmpty, writeArmoured(body, into: &out) { return }
        guard form != .literal, let text = Self.text(of: body, result) else {
            return writeLiteral(body, into: &out)
        }
        if form == .line, more.isEmpty, text.offset(of: UInt8(ascii: "\n")) == nil, fits(text, behind: self.text) {
            return writeLine(text, behind: self.text, into: &out.octets)
        }
        guard let cut = cut(text, result) else { return writeLiteral(body, into: &out) }
        if !self.text.isEmpty || !more.isEmpty {
            for line in self.lines { writeLine(line, isLast: false, into: &out.octets) }
        }
        out.write(text: ReplyText(text, cut, head: head(isLast: false), lastHead: head(isLast: true)))
    }

    /// Writes a sealed message as text on one line.
    ///
    /// - Returns: false, and nothing is written, if it is none, or too long for a line.
    private func writeArmoured(_ body: ByteBuffer, into out: inout Outbox) -> Bool {
        let count = MessageArmor.encodedCount(of: body.readableBytes)
        guard fits(count, behind: text), MessageArmor.isSealed(body.readableBytesSpan) else { return false }
        out.write(upTo: headRoom + text.utf8.count + count + 3) { pen in
            writeHead(isLast: true, with: &pen)
            if !text.isEmpty {
                pen.write(text)
                pen.write(UInt8(ascii: " "))
            }
            pen.write(count) { _ = MessageArmor.encode(body.readableBytesSpan, into: $0) }
            pen.writeLineEnd()
        }
        return true
    }

    /// How the text is cut into lines; nil if it cannot be. A reader could take the beginning of a line for an enhanced
    /// code where the reply has none.
    private func cut(_ text: ByteBuffer, _ result: ResultKind) -> ReplyText.Cut? {
        guard result != .sealed else { return .width(Self.armourWidth) }
        return enhanced == nil ? nil : text.lineEnds(longest: Self.lineLimit - 33).map { .lineEnds($0) }
    }

    private func head(isLast: Bool) -> ByteBuffer {
        var head = ByteBuffer()
        head.write(upTo: headRoom) { writeHead(isLast: isLast, with: &$0) }
        return head
    }

    /// A line that a reader could take for a literal's announcement, or for an enhanced code, does not fit either.
    private func fits(_ line: ByteBuffer, behind text: String) -> Bool {
        fits(line.readableBytes, behind: text) && line.literalMark == nil
            && (enhanced != nil || ReplyLines.enhancedCount(line.readableBytesView) == nil)
    }

    /// Whether there is room on a line for so many octets behind the text.
    private func fits(_ count: Int, behind text: String) -> Bool { text.utf8.count + count + 33 <= Self.lineLimit }

    /// The body as text, if it can stand on lines: UTF-8 without control characters other than TAB and LF.
    private static func text(of body: ByteBuffer, _ result: ResultKind) -> ByteBuffer? {
        if result == .sealed {
            var isSealed = false
            let text = ByteBuffer(count: MessageArmor.encodedCount(of: body.readableBytes)) {
                isSealed = MessageArmor.encode(body.readableBytesSpan, into: $0)
            }
            return isSealed ? text : nil
        }
        let isClean = body.withUnsafeReadableBytes { octets in
            octets.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 || $0 == 0x0A }
        }
        return isClean && body.isUTF8 ? body : nil
    }

    private func writeLiteral(_ body: ByteBuffer, into out: inout Outbox) {
        for line in lines.dropLast() { writeLine(line, isLast: false, into: &out.octets) }
        let last = more.last ?? text
        out.octets.write(upTo: headRoom + last.utf8.count + Pen.longestNumber + 5) { pen in
            writeHead(isLast: true, with: &pen)
            pen.write(last)
            if !last.isEmpty { pen.write(UInt8(ascii: " ")) }
            pen.write(UInt8(ascii: "{"))
            pen.write(UInt64(body.readableBytes))
            pen.write(UInt8(ascii: "}"))
            pen.writeLineEnd()
        }
        out.write(body: body)
        out.octets.writeLineEnd()
    }

    private func writeLines(into out: inout ByteBuffer) {
        writeLine(text, isLast: more.isEmpty, into: &out)
        for (index, line) in more.enumerated() {
            writeLine(line, isLast: index == more.count - 1, into: &out)
        }
    }

    private func writeLine(_ line: String, isLast: Bool, into out: inout ByteBuffer) {
        out.write(upTo: headRoom + line.utf8.count + 2) { pen in
            writeHead(isLast: isLast, with: &pen)
            pen.write(line)
            pen.writeLineEnd()
        }
    }

    private func writeLine(
        _ line: ByteBuffer, behind text: String = "", isLast: Bool = true, into out: inout ByteBuffer
    ) {
        out.write(upTo: headRoom + text.utf8.count + line.readableBytes + 3) { pen in
            writeHead(isLast: isLast, with: &pen)
            if !text.isEmpty {
                pen.write(text)
                pen.write(UInt8(ascii: " "))
            }
            pen.write(line)
            pen.writeLineEnd()
        }
    }

    /// What `writeHead` writes at most.
    private var headRoom: Int { 2 * (Pen.longestNumber + 2) + (enhanced?.utf8.count ?? 0) }

    private func writeHead(isLast: Bool, with pen: inout Pen) {
        pen.write(UInt64(code))
        pen.write(isLast ? UInt8(ascii: " ") : UInt8(ascii: "-"))
        if let enhanced {
            pen.write(enhanced)
            pen.write(UInt8(ascii: " "))
        }
    }
}

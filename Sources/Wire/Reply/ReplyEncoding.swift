import Armor
import NIOCore

/// The encoding of replies.
///
///     reply   = *(code "-" line CRLF) code SP line [literal] CRLF
///     line    = [enhanced SP] text
///     literal = "{" n "}" CRLF n*BYTE            ; behind a space, or alone
extension Reply {
    /// The maximum length of a line in bytes, including its line end. Python's smtplib reads no longer lines.
    static let lineLimit = 8192
    private static let armourWidth = 76

    /// Writes the reply for its client to `out`. The body is written in the form in which the request's message
    /// arrived. If that form would change the body, it is written as lines, or else as a literal.
    ///
    /// Exactly one reply is written, whatever its texts contain (see `cleaned`).
    ///
    /// - Parameters:
    ///   - form: The form in which the message of the request arrived.
    ///   - result: The kind of body that the command declares.
    package func write(form: BodyForm, result: ResultKind, into out: inout Outbox) {
        guard isClean else { return cleaned.write(form: form, result: result, into: &out) }
        guard let body else { return writeLines(into: &out.bytes) }
        if form == .line, result == .sealed, more.isEmpty, writeArmoured(body, into: &out) { return }
        guard form != .literal, let text = Self.text(of: body, result) else {
            return writeLiteral(body, into: &out)
        }
        if form == .line, more.isEmpty, text.offset(of: UInt8(ascii: "\n")) == nil, fits(text, behind: self.text) {
            return writeLine(text, behind: self.text, into: &out.bytes)
        }
        guard let cut = cut(text, result) else { return writeLiteral(body, into: &out) }
        if !self.text.isEmpty || !more.isEmpty {
            for line in self.lines { writeLine(line, isLast: false, into: &out.bytes) }
        }
        out.write(text: ReplyText(text, cut, head: head(isLast: false), lastHead: head(isLast: true)))
    }

    /// Writes a sealed message as text on one line.
    ///
    /// - Returns: false, without writing anything, if the body is not a sealed message or is too long for a line.
    private func writeArmoured(_ body: ByteBuffer, into out: inout Outbox) -> Bool {
        let count = MessageArmor.encodedCount(of: body.readableBytes)
        guard fits(count, behind: text), MessageArmor.isSealed(body.readableBytesSpan) else { return false }
        out.write(upTo: headRoom + text.utf8.count + count + 3) { writer in
            writeHead(isLast: true, with: &writer)
            if !text.isEmpty {
                writer.write(text)
                writer.write(UInt8(ascii: " "))
            }
            writer.write(count) { _ = MessageArmor.encode(body.readableBytesSpan, into: $0) }
            writer.writeLineEnd()
        }
        return true
    }

    /// Returns how to cut the text into lines, or nil if it cannot be cut. A text is not cut if the reply has no
    /// enhanced code, because a reader could take the beginning of a line for one.
    private func cut(_ text: ByteBuffer, _ result: ResultKind) -> ReplyText.Cut? {
        guard result != .sealed else { return .width(Self.armourWidth) }
        return enhanced == nil ? nil : text.lineEnds(longest: Self.lineLimit - 33).map { .lineEnds($0) }
    }

    private func head(isLast: Bool) -> ByteBuffer {
        var head = ByteBuffer()
        head.write(upTo: headRoom) { writeHead(isLast: isLast, with: &$0) }
        return head
    }

    /// Returns whether the line fits after the text. A line that a reader could take for the announcement of a
    /// literal, or for an enhanced code, does not fit.
    private func fits(_ line: ByteBuffer, behind text: String) -> Bool {
        fits(line.readableBytes, behind: text) && line.literalMark == nil
            && (enhanced != nil || ReplyLines.enhancedCount(line.readableBytesView) == nil)
    }

    /// Returns whether a line has room for `count` bytes after the text.
    private func fits(_ count: Int, behind text: String) -> Bool { text.utf8.count + count + 33 <= Self.lineLimit }

    /// Returns the body as text if lines can hold it, or nil. Such a text is UTF-8 without control characters other
    /// than TAB and LF. The text of a sealed message is its armour.
    private static func text(of body: ByteBuffer, _ result: ResultKind) -> ByteBuffer? {
        if result == .sealed {
            var isSealed = false
            let text = ByteBuffer(count: MessageArmor.encodedCount(of: body.readableBytes)) {
                isSealed = MessageArmor.encode(body.readableBytesSpan, into: $0)
            }
            return isSealed ? text : nil
        }
        let isClean = body.withUnsafeReadableBytes { bytes in
            bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 || $0 == 0x0A }
        }
        return isClean && body.isUTF8 ? body : nil
    }

    private func writeLiteral(_ body: ByteBuffer, into out: inout Outbox) {
        for line in lines.dropLast() { writeLine(line, isLast: false, into: &out.bytes) }
        let last = more.last ?? text
        out.bytes.write(upTo: headRoom + last.utf8.count + BoundedWriter.longestNumber + 5) { writer in
            writeHead(isLast: true, with: &writer)
            writer.write(last)
            if !last.isEmpty { writer.write(UInt8(ascii: " ")) }
            writer.write(UInt8(ascii: "{"))
            writer.write(UInt64(body.readableBytes))
            writer.write(UInt8(ascii: "}"))
            writer.writeLineEnd()
        }
        out.write(body: body)
        out.bytes.writeLineEnd()
    }

    private func writeLines(into out: inout ByteBuffer) {
        writeLine(text, isLast: more.isEmpty, into: &out)
        for (index, line) in more.enumerated() {
            writeLine(line, isLast: index == more.count - 1, into: &out)
        }
    }

    private func writeLine(_ line: String, isLast: Bool, into out: inout ByteBuffer) {
        out.write(upTo: headRoom + line.utf8.count + 2) { writer in
            writeHead(isLast: isLast, with: &writer)
            writer.write(line)
            writer.writeLineEnd()
        }
    }

    private func writeLine(
        _ line: ByteBuffer, behind text: String = "", isLast: Bool = true, into out: inout ByteBuffer
    ) {
        out.write(upTo: headRoom + text.utf8.count + line.readableBytes + 3) { writer in
            writeHead(isLast: isLast, with: &writer)
            if !text.isEmpty {
                writer.write(text)
                writer.write(UInt8(ascii: " "))
            }
            writer.write(line)
            writer.writeLineEnd()
        }
    }

    /// The maximum number of bytes that `writeHead` writes.
    private var headRoom: Int { 2 * (BoundedWriter.longestNumber + 2) + (enhanced?.utf8.count ?? 0) }

    private func writeHead(isLast: Bool, with writer: inout BoundedWriter) {
        writer.write(UInt64(code))
        writer.write(isLast ? UInt8(ascii: " ") : UInt8(ascii: "-"))
        if let enhanced {
            writer.write(enhanced)
            writer.write(UInt8(ascii: " "))
        }
    }
}

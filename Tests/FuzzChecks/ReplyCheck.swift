import NIOCore

@testable import Wire

/// Checks that any reply, written in any form, is exactly one reply for a proxy. A client must read it as the reply's
/// clean form, and must not take the bytes after it.
func checkReply(_ choices: inout Choices) throws {
    let reply = choices.reply()
    let clean = reply.cleaned
    try require(clean.isClean && clean.cleaned == clean, "to clean \(clean) changes it again")
    try require(!reply.isClean || reply == clean, "\(reply) is clean and is changed")
    let form = choices.one(of: [BodyForm.line, .text, .literal])
    let result = choices.one(of: [ResultKind.plain, .sealed])
    let tail = choices.tail()
    try checkClient(reply, clean, form, result, tail)
}

private func checkClient(
    _ reply: Reply, _ clean: Reply, _ form: BodyForm, _ result: ResultKind, _ tail: [UInt8]
) throws {
    var out = Outbox()
    reply.write(form: form, result: result, into: &out)
    let written = out.takeJoined()
    try checkOne(written, clean, tail)
    var buffer = written
    buffer.writeBytes(tail)
    var stream = ReplyStream(limits: .link, maximumBytes: 64 << 20)
    guard case .head(let head)? = try stream.next(&buffer) else { throw Violation("a client reads no reply: \(clean)") }
    let lines = written.readableBytesView.prefix(written.readableBytes + tail.count - buffer.readableBytes)
    for line in lines.split(separator: UInt8(ascii: "\n")) {
        try require(line.count < 8192, "a line of \(clean) is too long")
    }
    if head.bodyCount != nil {
        try require(try body(&stream, &buffer) == clean.body, "a client reads another body of \(clean)")
        try require(head.reply.lines == clean.lines, "a client reads other lines of \(clean)")
    } else {
        let candidates = shownLines(of: clean)
        try require(
            result == .sealed && clean.body != nil || candidates.contains(head.reply.lines),
            "a client reads \(clean) as \(head.reply)")
    }
    try require(head.reply.code == clean.code, "a client reads another code of \(clean)")
    try require(head.reply.enhanced == clean.enhanced, "a client reads another enhanced code of \(clean)")
    try require(buffer.readableBytesView.elementsEqual(tail), "a client takes what follows \(clean)")
}

/// Checks that a proxy accepts the bytes as one reply, but accepts neither a part of them nor more bytes.
private func checkOne(_ written: ByteBuffer, _ clean: Reply, _ tail: [UInt8]) throws {
    let isFinal = [2, 4, 5].contains(clean.code / 100)
    let checked = WrittenReply(checking: written)
    try require(checked?.code == (isFinal ? clean.code : nil), "a proxy takes \(clean) for \(checked, default: "none")")
    guard isFinal else { return }
    var more = written
    more.writeBytes(tail)
    try require(tail.isEmpty || WrittenReply(checking: more) == nil, "a proxy takes what follows \(clean)")
    for count in [written.readableBytes - 1, written.readableBytes - 2, written.readableBytes / 2] {
        let part = written.getSlice(at: written.readerIndex, length: count)!
        try require(WrittenReply(checking: part) == nil, "a proxy takes \(count) bytes of \(clean) for a reply")
    }
}

/// Checks that any bytes which a proxy accepts as one reply are one reply for a client. The way in which the bytes
/// are cut into frames must change nothing.
func checkWritten(_ choices: inout Choices) throws {
    var bytes = ByteBuffer(bytes: choices.isChosen() ? Array("250 2.0.0 \(choices.text())\r\n".utf8) : choices.rest())
    bytes.writeBytes(choices.rest())
    let (all, written) = (Array(bytes.readableBytesView), WrittenReply(checking: bytes))
    try checkParts(all.indices.map { all[$0...$0] }, written?.code)
    for cut in stride(from: 1, to: all.count, by: max(1, all.count / 48)) {
        try checkParts([all[..<cut], all[cut...]], written?.code)
    }
    guard written != nil, bytes.isUTF8, bytes.lineFailure == .bareCR else { return }
    var stream = ReplyStream(limits: .link, maximumBytes: 64 << 20)
    guard case .head(let head)? = try? stream.next(&bytes) else { return }
    if head.bodyCount != nil { _ = try body(&stream, &bytes) }
    try require(
        bytes.readableBytes == 0, "a client leaves \(bytes.readableBytes) bytes of what a proxy took for one reply")
}

/// Checks that the bytes in these parts are a reply with the given code, or no reply if it is nil. Once bytes were
/// refused, no later bytes may be accepted.
private func checkParts(_ parts: [ArraySlice<UInt8>], _ code: Int?) throws {
    var (check, isRefused) = (ReplyCheck(), false)
    for part in parts {
        let isTaken = part.withUnsafeBytes { check.take($0) }
        try require(!isTaken || !isRefused, "bytes are taken after some that were refused")
        isRefused = !isTaken
    }
    let isOne = !isRefused && check.isComplete
    try require(isOne == (code != nil), "whole: \(code, default: "none"), in \(parts.count) parts: \(isOne)")
    try require(!isOne || check.code == code, "another code: \(check.code, default: "none")")
}

private func body(_ stream: inout ReplyStream, _ buffer: inout ByteBuffer) throws -> ByteBuffer? {
    var body = ByteBuffer()
    while let event = try stream.next(&buffer) {
        switch event {
        case .part(var part): body.writeBuffer(&part)
        case .end: return body
        case .head: return nil
        }
    }
    return nil
}

/// Returns the lines that a client may get for a reply whose body is not a literal.
private func shownLines(of reply: Reply) -> [[String]] {
    guard let body = reply.body.map({ String(buffer: $0) }) else { return [reply.lines] }
    let lines = body.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let isBare = reply.text.isEmpty && reply.more.isEmpty
    return [[isBare ? body : "\(reply.text) \(body)"], (isBare ? [] : reply.lines) + lines]
}

extension Choices {
    fileprivate mutating func reply() -> Reply {
        let code = one(of: [250, 220, 334, 451, 550, 599, 200, 600, 199, 0, -1, Int.max])
        let enhanced = one(of: ["2.0.0", nil, "5.7.1", "200.300.400", "", "2.0", "2.0.0.0", "2.0.0 x", "x {5}", text()])
        let lines = (0..<1 + number(below: 4)).map { _ in text() }
        let body: ByteBuffer? =
            switch number(below: 4) {
            case 0: nil
            case 1: ByteBuffer(bytes: take(number(below: 40)))
            default: ByteBuffer(string: text())
            }
        return Reply(code, enhanced, lines, body: body)
    }

    mutating func tail() -> [UInt8] {
        isChosen() ? Array(text().utf8) : rest()
    }
}

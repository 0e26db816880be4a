import NIOCore

@testable import Wire

/// Checks that any header is written as exactly one frame. The bytes after the frame must not be taken, and no
/// attribute may be read as another one.
func checkFrame(_ choices: inout Choices) throws {
    let header = choices.header()
    let payload = ByteBuffer(bytes: choices.take(header.length))
    var written = header
    written.length = payload.readableBytes
    let tail = choices.tail()
    var buffer = ByteBuffer()
    written.write(into: &buffer)
    buffer.writeImmutableBuffer(payload)
    buffer.writeBytes(tail)
    var reader = FrameReader(longest: 1 << 20)
    guard let frame = try reader.next(&buffer) else { throw Violation("no frame: \(header)") }
    try require(buffer.readableBytesView.elementsEqual(tail), "what follows is taken: \(header)")
    try require(frame.payload == payload, "another payload: \(header)")
    var expected = written
    if let peer = header.peer, !LinkFields.isPeer(peer) { expected.peer = "[::]:0" }
    if let token = header.token {
        expected.token = token.name.flatMap { LinkFields.isToken($0) ? token : nil } ?? .nobody
    }
    if let user = header.user { expected.user = user.name.flatMap { LinkFields.isAccount($0) ? user : nil } ?? .nobody }
    try require(frame.header == expected, "\(expected) is read as \(frame.header)")
}

/// Checks that any bytes in place of frames are read in the same way when they arrive one at a time, and that none of
/// them cause a trap.
func checkFrames(_ choices: inout Choices) throws {
    let bytes = choices.rest()
    func read(_ pieces: [ArraySlice<UInt8>]) -> String {
        var (reader, buffer, said) = (FrameReader(longest: 4096), ByteBuffer(), "")
        for piece in pieces {
            buffer.writeBytes(piece)
            do throws(WireFault) {
                while let frame = try reader.next(&buffer) {
                    said += "\(frame.header) \(frame.payload.hexDump(format: .plain))\n"
                }
            } catch {
                return said + "\(error)"
            }
        }
        return said
    }
    let (whole, cut) = (read([bytes[...]]), read(bytes.indices.map { bytes[$0...$0] }))
    try require(whole == cut, "whole: \(whole)\nan byte at a time: \(cut)")
}

/// Checks that any note is written as one frame and read as the same note.
func checkNote(_ choices: inout Choices) throws {
    let note = choices.note()
    let tail = choices.tail()
    var buffer = ByteBuffer()
    note.write(into: &buffer)
    // A declaration that is too long is not written.
    guard buffer.readableBytes > 0 else { return }
    buffer.writeBytes(tail)
    var reader = FrameReader(longest: 1 << 20)
    guard let frame = try reader.next(&buffer) else { throw Violation("no frame: \(note.text)") }
    try require(frame.header.lane == 0 && frame.header.isOfLink, "no note's header: \(frame.header)")
    try require(buffer.readableBytesView.elementsEqual(tail), "what follows is taken: \(note.text)")
    let read = try LinkNote(frame)
    try require(isRead(note, as: read), "\(note.text) is read as \(read.text)")
}

extension FrameHeader {
    fileprivate var isOfLink: Bool {
        peer == nil && token == nil && user == nil && window == 0 && !hasMore && !isEnd && !isDrop
    }
}

private func isRead(_ note: LinkNote, as read: LinkNote) -> Bool {
    switch (note, read) {
    case (.hello(let version, let name), .hello(let readVersion, let readName)):
        return version == readVersion
            && String(String.UnicodeScalarView(name.unicodeScalars.prefix(1024).map(\.printable))) == readName
    case (.command(let spec), .command(let readSpec)):
        return spec.verb == readSpec.verb && spec.plugin == readSpec.plugin && spec.access == readSpec.access
            && spec.summary == readSpec.summary && spec.help.hasPrefix(readSpec.help)
    case (.command(let spec), .unknown):
        return !spec.plugin.utf8.allSatisfy(LinkFields.isAtomByte) || spec.summary.utf8.count > 2000
    default: return note == read
    }
}

/// Checks that a request with any arguments is read with the same arguments, and that the bytes after it are not
/// taken.
func checkRequest(_ choices: inout Choices) throws {
    let spec = CommandSpec(
        verb: "ECHO", plugin: "test",
        forms: [
            [ParameterSpec("token", key: "TOKEN", type: .secret, isRequired: true)],
            [
                ParameterSpec("word", type: .word, isRequired: true),
                ParameterSpec("message", type: .message, isRequired: true),
            ],
        ], access: .anyone, isRepeatable: true, summary: "Echo", help: "Echoes.")
    let common = CommandSpec(
        verb: "ECHO", plugin: "test", forms: [spec.forms[1]], access: .anyone, isRepeatable: true, summary: "Echo",
        help: "Echoes.")
    let request = try Request(
        Manifest.Entry(common), [ByteBuffer(string: choices.text()), ByteBuffer(bytes: choices.take(30))])
    let tail = choices.tail()
    var out = Outbox()
    request.write(FrameHeader(lane: 7), into: &out)
    var buffer = out.takeJoined()
    buffer.writeBytes(tail)
    var reader = FrameReader(longest: 1 << 20)
    guard let frame = try reader.next(&buffer) else { throw Violation("no request") }
    try require(frame.header == FrameHeader(lane: 7, length: request.messageSize), "another header: \(frame.header)")
    let read = try Request.read(frame.payload, Manifest([spec]))
    try require(read.form == 1 && read.values == request.values, "other arguments: \(read.values)")
    try require(buffer.readableBytesView.elementsEqual(tail), "a request takes what follows it")
}

/// Checks that any payload of a request is either read or refused. A request that was read must stay the same when it
/// is written and read again.
func checkPayload(_ choices: inout Choices) throws {
    let payload = ByteBuffer(bytes: choices.rest())
    guard let request = try? Request.read(payload, cutManifest) else { return }
    var out = Outbox()
    request.writeMessage(into: &out)
    let again = try Request.read(out.takeJoined(), cutManifest)
    try require(again == request, "\(request.values) is written as \(again.values)")
}

extension Choices {
    fileprivate mutating func header() -> FrameHeader {
        let lane = Lane(UInt64(number(below: 256)) << (next() % 36))
        var header = FrameHeader(lane: lane, length: number(below: 40))
        let peers = ["local", "192.0.2.1:40312", "[2001:db8::1]:9", text()]
        if isChosen() { header.peer = one(of: peers) }
        if isChosen() { header.token = isChosen() ? .nobody : .named(text()) }
        if isChosen() { header.user = isChosen() ? .nobody : .named(one(of: ["alice", text()])) }
        if isChosen() { header.window = number(below: 256) << number(below: 20) }
        header.hasMore = isChosen()
        header.isEnd = isChosen()
        header.isDrop = isChosen()
        return header
    }

    fileprivate mutating func note() -> LinkNote {
        switch number(below: 6) {
        case 0: .hello(number(below: 256), name: text())
        case 1: .ready
        case 2: .stopping
        case 3: .ping(UInt64(next()) << 50)
        case 4: .pong(UInt64(next()))
        default:
            .command(
                CommandSpec(
                    verb: "ECHO", plugin: one(of: ["test", text()]),
                    forms: [[ParameterSpec("message", type: .message, isRequired: true)]], access: .anyone,
                    isRepeatable: true, summary: text(), help: text()))
        }
    }
}

import NIOCore

@testable import Wire

/// Whatever a link's own line is made of, it is one line, what follows it is left alone, and no field is read as another.
func checkLinkLine(_ choices: inout Choices) throws {
    let line = choices.linkLine()
    let tail = choices.tail()
    var buffer = ByteBuffer()
    line.write(into: &buffer)
    // A declaration that is too long is not written.
    guard buffer.readableBytes > 0 else { return }
    buffer.writeBytes(tail)
    var parser = ReplyParser(limits: .link)
    guard case .link(let frame)? = try parser.next(&buffer) else { throw Violation("no link line: \(line.text)") }
    try require(buffer.readableBytesView.elementsEqual(tail), "what follows is taken: \(line.text)")
    guard let read = try? LinkLine(frame) else {
        guard case .lane(_, let peer, _) = line else { throw Violation("it cannot be read: \(line.text)") }
        return try require(!LinkFields.isPeer(peer), "it cannot be read: \(line.text)")
    }
    try require(isRead(line, as: read), "\(line.text) is read as \(read.text)")
}

private func isRead(_ line: LinkLine, as read: LinkLine) -> Bool {
    switch (line, read) {
    case (.hello(let version, let name, let pings), .hello(let readVersion, let readName, let readPings)):
        return version == readVersion && pings == readPings
            && String(String.UnicodeScalarView(name.unicodeScalars.map(\.shown))).utf8.starts(with: readName.utf8)
    case (.lane(let lane, let peer, let token), .lane(let readLane, let readPeer, let readToken)):
        return lane == readLane && peer == readPeer
            && readToken == token.flatMap { LinkFields.isToken($0) ? $0 : nil }
    case (.token(let lane, let token), .token(let readLane, let readToken)):
        return lane == readLane && readToken == token.flatMap { LinkFields.isToken($0) ? $0 : nil }
    case (.command(let spec), .command(let readSpec)):
        return spec.verb == readSpec.verb && spec.plugin == readSpec.plugin && spec.access == readSpec.access
            && spec.summary == readSpec.summary && spec.help.hasPrefix(readSpec.help)
    case (.command(let spec), .unknown):
        return !spec.plugin.utf8.allSatisfy(LinkFields.isAtomOctet) || spec.summary.utf8.count > 2000
    default: return false
    }
}

/// Whatever the arguments of a request are, what was written is read as them, and what follows is left alone.
func checkRequest(_ choices: inout Choices) throws {
    let spec = CommandSpec(
        verb: "ECHO", plugin: "test",
        forms: [
            [
                ParameterSpec("word", type: .word, isRequired: true),
                ParameterSpec("message", type: .message, isRequired: true),
            ]
        ], access: .anyone, isRepeatable: true, summary: "Echo", help: "Echoes.")
    let request = try Request(spec, [ByteBuffer(string: choices.text()), ByteBuffer(bytes: choices.take(30))])
    let tail = choices.tail()
    var out = Outbox()
    request.write(lane: 7, into: &out)
    var buffer = out.takeJoined()
    buffer.writeBytes(tail)
    var framer = Framer(readsTelnet: false)
    var event = framer.next(&buffer, limits: .link)
    while case .announced? = event {
        framer.takeLiteral()
        event = framer.next(&buffer, limits: .link)
    }
    guard case .frame(var frame)? = event else { throw Violation("no request: \(event, default: "nothing")") }
    try require(try frame.head.readLane() == 7, "another lane")
    let read = try Request(frame, for: spec, words: Limits.link.words)
    try require(read.values == request.values, "other arguments: \(read.values)")
    try require(buffer.readableBytesView.elementsEqual(tail), "a request takes what follows it")
}

extension Choices {
    fileprivate mutating func linkLine() -> LinkLine {
        switch number(below: 5) {
        case 0: return .hello(1, name: text(), answersPings: isChosen())
        case 1: return .lane(7, peer: text(), token: isChosen() ? text() : nil)
        case 2: return .token(7, isChosen() ? text() : nil)
        case 3:
            let peer = one(of: ["local", "192.0.2.1:40312", "[2001:db8::1]:9"])
            return .lane(7, peer: peer, token: isChosen() ? text() : nil)
        default:
            return .command(
                CommandSpec(
                    verb: "ECHO", plugin: one(of: ["test", text()]),
                    forms: [[ParameterSpec("message", type: .message, isRequired: true)]], access: .anyone,
                    isRepeatable: true, summary: text(), help: text()))
        }
    }
}

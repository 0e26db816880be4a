import NIOCore

@testable import Wire

/// Checks the server's end of a link with any bytes that a proxy, or a client in its place, may write. The result
/// must be the same when the bytes arrive one at a time, and each frame that it writes must contain one reply.
func checkDownstream(_ choices: inout Choices) throws {
    let bytes = choices.frames(of: [
        "ECHO line message=1\r\nx", "LOGIN line name=1 password=1\r\nax", "LOGOUT line\r\n",
    ])
    let (whole, cut) = (try serve([bytes[...]]), try serve(bytes.indices.map { bytes[$0...$0] }))
    try require(whole == cut, "whole: \(whole)\nan byte at a time: \(cut)\nof \(bytes.shown)")
}

/// Returns everything that the server's end of a link does for bytes that arrive in these pieces. Each request is
/// answered at once.
private func serve(_ pieces: [ArraySlice<UInt8>]) throws -> String {
    var machine = DownstreamMachine(number: 1, id: 7)
    var out = Outbox()
    var said = ""
    do throws(WireFault) {
        for piece in pieces {
            var buffer = ByteBuffer(bytes: piece)
            machine.received(&buffer)
            while true {
                var budget = TurnBudget()
                guard let action = try machine.next(cutManifest, into: &out, &budget) else {
                    if budget.isOver { continue } else { break }
                }
                switch action {
                case .respond(let ticket, let request, let caller):
                    said +=
                        "<\(caller.lane) \(ticket) \(request.spec.verb) \(caller.peer) \(caller.token, default: "-")>"
                    machine.answered(caller.lane, ticket, answer(to: request))
                case .began(let lane): said += "<+\(lane)>"
                case .ended(let lane): said += "<-\(lane)>"
                }
            }
        }
    } catch {
        said += "\(error)"
    }
    while machine.writeMore(into: &out) {}
    return said + (try replies(out.takeJoined()))
}

/// Returns the replies in a server's frames. Frames that open a window are left out, because they depend on how the
/// bytes arrived.
private func replies(_ bytes: ByteBuffer) throws -> String {
    var (bytes, reader, said) = (bytes, FrameReader(longest: 1 << 20), "")
    while let frame = try reader.next(&bytes) {
        if frame.header.lane == 0 || frame.header.isBare { continue }
        try require(WrittenReply(checking: frame.payload) != nil, "a frame with no reply: \(frame)")
        said += "\(frame.header.lane) \(frame.header.token, default: "-") \(frame.payload.readableBytesView.shown)"
    }
    try require(bytes.readableBytes == 0, "half a frame is written")
    return said
}

/// Checks the near end of a link with any bytes that a server or a plugin may write. It must report the same events
/// when the bytes arrive one at a time. It must report each request at most once, and only requests that it was
/// given.
func checkUpstream(_ choices: inout Choices) throws {
    let peer = choices.one(of: [UpstreamMachine.Peer.server, .plugin])
    let hello = "#0 14\r\nHELLO 2 there\r\n#0 7\r\nREADY\r\n"
    let start = Array((peer == .server ? "220 there\r\n" + hello : hello).utf8)
    let bytes =
        start + choices.frames(of: ["250 2.0.0 a\r\n", "250-x\r\n250 y\r\n", "451 4.0.0 no\r\n", "PUBKEY line\r\n"])
    let whole = try hear([bytes[...]], peer)
    let cut = try hear(bytes.indices.map { bytes[$0...$0] }, peer)
    try require(whole == cut, "whole: \(whole)\nan byte at a time: \(cut)\nof \(bytes.shown)")
}

/// Returns the events that the near end of a link reports for bytes that arrive in these pieces, after it was given
/// requests in two lanes.
private func hear(_ pieces: [ArraySlice<UInt8>], _ peer: UpstreamMachine.Peer) throws -> String {
    var machine = UpstreamMachine(to: peer)
    var out = Outbox()
    var said = ""
    var open: Set<Ticket> = []
    do throws(WireFault) {
        for piece in pieces {
            var buffer = ByteBuffer(bytes: piece)
            machine.received(&buffer)
            while let event = try machine.next(into: &out) {
                said += "\(event)\n"
                switch event {
                case .announced: open.formUnion(send(in: &machine, &out))
                case .answered(let ticket, _):
                    guard open.remove(ticket) != nil else { return "answered twice: \(said)" }
                case .stopping, .asked: break
                }
            }
        }
    } catch {
        said += "\(error)"
    }
    let lost = machine.lost().map(\.ticket)
    try require(Set(lost) == open && lost.count == open.count, "lost \(lost) of \(open): \(said)")
    return said
}

/// Sends three requests, if none was sent before, and returns their tickets.
private func send(in machine: inout UpstreamMachine, _ out: inout Outbox) -> [Ticket] {
    guard machine.isReady, machine.lanes.known.isEmpty else { return [] }
    let request = try! Request(cutManifest["LOGOUT"]!, [])
    for (ticket, lane) in [(1, 1), (2, 1), (3, 2)] as [(Ticket, Lane)] {
        _ = machine.send(
            request, as: ticket, from: Caller(lane: lane, peer: "local", token: nil, privacy: .local), into: &out)
    }
    return [1, 2, 3]
}

private func answer(to request: Request) -> Answer {
    switch request.spec.verb {
    case "LOGIN": Answer(Reply(235, "2.7.0", "in"), effect: .token("t"))
    case "LOGOUT": Answer(.done("out"), effect: .loggedOut)
    default: Answer(.result(request.values.last.flatMap { $0?.bytes } ?? ByteBuffer(string: "none")))
    }
}

extension Choices {
    /// Returns valid frames, invalid frames, and bytes that are no frame.
    fileprivate mutating func frames(of payloads: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        let attributes = [
            "", " PEER=local", " PEER=192.0.2.1:9 TOKEN=a.b.c", " TOKEN=-", " MORE", " END", " WINDOW=9", " USER=alice",
            " PEER=local MORE", " TOKEN=-  MORE", " \(text())",
        ]
        for _ in 0..<number(below: 12) {
            guard number(below: 8) > 0 else {
                bytes += take(number(below: 20))
                continue
            }
            let payload = isChosen() ? Array(one(of: payloads).utf8) : Array(take(number(below: 30)))
            let lane = one(of: ["1", "2", "0", "17592186044416", "01"])
            let length = number(below: 16) == 1 ? "\(next())" : "\(payload.count)"
            bytes += Array("#\(lane) \(length)\(one(of: attributes))\r\n".utf8) + payload
        }
        return bytes + rest()
    }
}

/// Checks that the fast path for a line with only a verb accepts only lines that the normal path accepts, and reads
/// the same line.
func checkVerbAlone(_ choices: inout Choices) throws {
    let bytes = (choices.isChosen() ? Array("noop\r\n".utf8) : Array("NOOP \n".utf8)) + choices.rest()
    var (short, long) = (Framer(readsTelnet: true), Framer(readsTelnet: true))
    var (left, leftByLong) = (ByteBuffer(bytes: bytes), ByteBuffer(bytes: bytes))
    guard let line = short.peekVerb(left) else { return }
    short.takeVerb(&left, line)
    guard case .line(let frame)? = long.next(&leftByLong, limits: .session) else {
        throw Violation("no line by the long way: \(bytes.shown)")
    }
    let isSame = frame.verb == line.verb && frame.head.readableBytes == line.verb.count && frame.tails.isEmpty
    try require(isSame, "another line: \(frame)")
    try require(left == leftByLong, "the ways leave other bytes: \(bytes.shown)")
    // The next line must be read in the same way after either path.
    try require(short.next(&left, limits: .session) == long.next(&leftByLong, limits: .session), "\(bytes.shown)")
}

extension Collection<UInt8> {
    fileprivate var shown: String { String(decoding: self, as: UTF8.self).debugDescription }
}

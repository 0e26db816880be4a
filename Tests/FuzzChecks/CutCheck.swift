import NIOCore

@testable import Wire

/// Checks that the way in which a session's bytes are cut into reads changes neither its commands nor its answers.
func checkCuts(_ choices: inout Choices) throws {
    let seed = choices.next()
    var input: [UInt8] = []
    if seed & 1 == 1 {
        for _ in 0..<choices.number(below: 24) { input += choices.one(of: pieces) }
    }
    input += choices.rest()
    try checkCuts(of: input, cuts: 48)
}

/// Checks the same for one input. The whole input is compared with single bytes, and with the input cut in two.
///
/// - Parameter cuts: The approximate number of positions at which the input is cut, evenly spread. By default, it is
///   cut at every position.
package func checkCuts(
    of input: [UInt8], manifest: Manifest = cutManifest, limits: SessionLimits = cutLimits, cuts: Int = .max
) throws {
    func said(_ pieces: [ArraySlice<UInt8>]) -> String { session(pieces, manifest, limits) }
    let whole = said([input[...]])
    let bytes = said(input.indices.map { input[$0...$0] })
    try require(bytes == whole, "a byte at a time: \(bytes.debugDescription)\nwhole: \(whole.debugDescription)")
    let step = max(1, input.count / cuts)
    for cut in stride(from: 1, to: max(1, input.count), by: step) {
        let cutted = said([input[..<cut], input[cut...]])
        try require(
            cutted == whole, "cut at \(cut): \(cutted.debugDescription)\nwhole: \(whole.debugDescription)")
    }
}

/// Returns everything that a session writes and does for bytes that arrive in these pieces. Each request is answered
/// at once.
private func session(_ pieces: [ArraySlice<UInt8>], _ manifest: Manifest, _ limits: SessionLimits) -> String {
    var machine = SessionMachine(SessionCommands(host: "host", limits: .session), limits: limits, takesLinks: true)
    var out = Outbox()
    var said = ""
    for piece in pieces + [[]] {
        var buffer = ByteBuffer(bytes: piece)
        if piece.isEmpty { machine.inputEnded() } else { machine.received(&buffer) }
        while let action = machine.nextOfAnyTurn(manifest, into: &out, &said) {
            switch action {
            case .respond(let ticket, let request):
                said +=
                    out.takeJoined().shown + "<\(request.spec.verb) \(request.values.map { $0?.bytes.shown ?? "-" })>"
                machine.answered(ticket, answer(to: request))
            case .becomeLink(_, let id):
                // All bytes that follow belong to the link, and it does not matter how many have arrived.
                return said + out.takeJoined().shown + "<link \(id, default: "-")>"
            case .startTLS: return said + out.takeJoined().shown + "<TLS>"
            case .close: return said + out.takeJoined().shown + "<close>"
            }
        }
    }
    return said + out.takeJoined().shown
}

extension SessionMachine {
    /// Returns the next action, over as many turns as it takes. The output of each turn is taken before the next one,
    /// because a turn does not begin while much output waits.
    fileprivate mutating func nextOfAnyTurn(
        _ manifest: Manifest, into out: inout Outbox, _ said: inout String
    ) -> Action? {
        while true {
            var turn = TurnBudget()
            let action = next(manifest, into: &out, &turn)
            if action != nil || !turn.isOver { return action }
            said += out.takeJoined().shown
        }
    }
}

private func answer(to request: Request) -> Answer {
    switch request.spec.verb {
    case "LOGIN": Answer(Reply(235, "2.7.0", "in"), effect: .token("t"))
    case "LOGOUT": Answer(.done("out"), effect: .loggedOut)
    case "QUIT": Answer(Reply(221, "2.0.0", "Bye"), effect: .close)
    default: Answer(.result(request.values.last.flatMap { $0?.bytes } ?? ByteBuffer(string: "none")))
    }
}

package let cutLimits = SessionLimits(
    full: Limits(line: 60, words: 8, text: 60, literal: 40, discard: 30),
    unauthenticated: Limits(line: 40, words: 8, text: 30, literal: 20, discard: 20))

package let cutManifest: Manifest = {
    var manifest = Manifest()
    let message = ParameterSpec("message", type: .message, isRequired: true)
    let name = ParameterSpec("name", type: .name, isRequired: true)
    let password = ParameterSpec("password", type: .secret, isRequired: true)
    for (verb, form) in [("ECHO", [message]), ("LOGIN", [name, password]), ("LOGOUT", []), ("SHOW", [name])]
        as [(Verb, [ParameterSpec])]
    {
        manifest.add(
            Manifest.Entry(
                CommandSpec(
                    verb: verb, plugin: "test", forms: [form], access: .anyone, isRepeatable: true, summary: "x",
                    help: "x"), route: 1))
    }
    return manifest
}()

extension ByteBuffer {
    fileprivate var shown: String { String(decoding: readableBytesView, as: Unicode.ASCII.self) }
}

private let pieces: [[UInt8]] =
    [
        "NOOP\r\n", "NOOP\n", "NOOP x\n", "ECHO ", "ECHO\r\n", "ECHO\n", "LOGIN alice x\r\n", "LOGIN alice\n",
        "LOGOUT\n",
        "AUTH LOGIN\n", "YWxpY2U=\n", "{3+}\r\n", " {3}\r\n", " {25+}\n", " {99+}\n", " {99999999999999999999+}\r\n",
        " {000000000000000000000000003+}\n", ".\r\n", ".\n", "..x\r\n", "\r\n", "\n", "\r", " ", "\0", "abc", "\"",
        "* LINK 2\r\n", "* LINK 1\r\n", "* LINK 2 badcafe\n", "QUIT\n", "Host: x\n", "é",
        "0123456789012345678901234567890123456789", "STARTTLS\n",
    ].map { Array($0.utf8) }
    + [
        [0xFF], [0xFF, 0xFF], [0xFF, 0xF6], [0xFF, 0xF1], [0xFF, 0xFD, 0x06], [0xFF, 0xFB, 0x0A], [0xFF, 0xFA],
        [0xFF, 0xF0], [0xFF, 0xFA, 0x18, 0x0A, 0xFF, 0xF0], [UInt8](repeating: 0x20, count: 520), [0xFF, 0xFE],
        [0xFF, 0xFA] + [UInt8](repeating: 0x58, count: 508), [0xFE], [0xF0], [0xFF, 0x0A],
    ]

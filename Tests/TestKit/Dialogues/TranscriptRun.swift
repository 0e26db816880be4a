import Foundation

/// The manner in which a transcript is replayed.
package enum Manner: String, CaseIterable, Sendable {
    /// Each line is one write and ends in CRLF.
    case plain
    /// Each byte is one write.
    case bytes
    /// Each line ends in LF, as netcat sends it.
    case lf
}

/// Replays a transcript on a transport.
package struct TranscriptRun {
    private let transcript: Transcript
    private let manner: Manner
    private let transport: any Transport
    private let advance: (Int) -> Void
    private var found: [String: [UInt8]] = [:]

    /// Creates a run. `advance` advances the clock by a number of seconds.
    package init(
        _ transcript: Transcript, _ manner: Manner, on transport: any Transport,
        advance: @escaping (Int) -> Void = { _ in }
    ) {
        self.transcript = transcript
        self.manner = manner
        self.transport = transport
        self.advance = advance
    }

    package mutating func run() async throws {
        let conversation = Conversation(transport)
        for (number, step) in transcript.steps {
            do {
                try await run(step, conversation)
            } catch {
                throw Mismatch("\(transcript.name).txt:\(number): \(error)")
            }
        }
        await conversation.close()
    }

    private mutating func run(_ step: Transcript.Step, _ conversation: Conversation) async throws {
        switch step {
        case .send(let line): try await send(bytes(of: line))
        case .sendBytes(let name): try await send(found[name] ?? [])
        case .expect(let pattern):
            guard let line = try await conversation.line() else { throw Mismatch("closed; expected \(pattern)") }
            try match(line, pattern)
        case .expectBytes(let count, let name):
            let count = Int(String(decoding: bytes(of: count), as: UTF8.self))!
            found[name] = try await conversation.bytes(count)
            guard try await conversation.line() == "" else { throw Mismatch("no line end behind a literal") }
        case .expectEnd:
            if let line = try await conversation.line() { throw Mismatch("not closed; got \(line)") }
        case .wait(let seconds): advance(seconds)
        }
    }

    private func send(_ bytes: [UInt8]) async throws {
        let all = bytes + Array((manner == .lf ? "\n" : "\r\n").utf8)
        guard manner == .bytes else { return try await transport.write(all) }
        for byte in all { try await transport.write([byte]) }
    }

    private func bytes(of line: String) -> [UInt8] { Transcript.bytes(of: line, found: found) }

    private mutating func match(_ line: String, _ pattern: String) throws {
        let mismatch = Mismatch("expected: \(pattern)\n     got: \(line)")
        var line = line[...]
        var rest = pattern[...]
        while let open = rest.range(of: "${") {
            guard let close = rest.range(of: "}", range: open.upperBound..<rest.endIndex),
                line.hasPrefix(rest[..<open.lowerBound])
            else { throw mismatch }
            line = line.dropFirst(rest.distance(from: rest.startIndex, to: open.lowerBound))
            let name = String(rest[open.upperBound..<close.lowerBound])
            rest = rest[close.upperBound...]
            if name.hasSuffix("...") { return }
            let stop = rest.first
            let word = line.prefix { $0 != stop && $0 != " " }
            guard !word.isEmpty, found[name] == nil || found[name]! == Array(word.utf8) else { throw mismatch }
            found[name] = Array(word.utf8)
            line = line.dropFirst(word.count)
        }
        guard line == rest else { throw mismatch }
    }
}

extension Transcript {
    /// Returns the bytes that a line of a transcript describes. `found` has the values of its names.
    package static func bytes(of line: String, found: [String: [UInt8]]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = Array(line.utf8)[...]
        while let first = rest.first {
            if first == UInt8(ascii: "\\"), rest.dropFirst().first == UInt8(ascii: "x") {
                result.append(UInt8(String(decoding: rest.dropFirst(2).prefix(2), as: UTF8.self), radix: 16)!)
                rest = rest.dropFirst(4)
            } else if first == UInt8(ascii: "\\") {
                result.append(UInt8(ascii: "\\"))
                rest = rest.dropFirst(2)
            } else if first == UInt8(ascii: "$"), rest.dropFirst().first == UInt8(ascii: "{") {
                let name = rest.dropFirst(2).prefix { $0 != UInt8(ascii: "}") }
                result += found[String(decoding: name, as: UTF8.self)] ?? []
                rest = rest.dropFirst(name.count + 3)
            } else {
                result.append(first)
                rest = rest.dropFirst()
            }
        }
        return result
    }
}

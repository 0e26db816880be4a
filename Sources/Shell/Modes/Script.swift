import Glibc
import NIOCore
import Wire

/// Requests from standard input, a line each, one at a time, up to the first that is refused.
final class Script: Answering {
    private static let chunk = 1 << 16

    private let session: Session
    private var input = InputReader.standardInput()
    /// Octets of a literal that the server is still asked to take.
    private var announced: Int?

    init(_ session: Session) {
        self.session = session
    }

    func run() throws(Stop) {
        try session.connect()
        while let line = input.nextLine() {
            guard !Self.isSkipped(line) else { continue }
            if try run(line).endsSession { return }
        }
        session.quit()
    }

    /// Whether a line is for people: blank, or a comment.
    static func isSkipped(_ line: ByteBuffer) -> Bool {
        let text = line.readableBytesView
        let isBlank = text.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        return isBlank || text.first == UInt8(ascii: "#")
    }

    private func run(_ line: ByteBuffer) throws(Stop) -> Reply {
        let number = input.line
        let reply = try session.perform(for: self) { () throws(Stop) in try send(line) }
        guard reply.status == .success else {
            throw Stop(message: "line \(number): \(Output.text(of: reply))", status: reply.status)
        }
        Output.answer(reply, isForPeople: Screen.isOutput)
        return reply
    }

    // MARK: - What the script holds for the server

    func secret(for prompt: Reply) throws(Stop) -> ByteBuffer {
        try nextLine(orEndsIn: "where an answer is asked for")
    }

    func sendMessage(for prompt: Reply) throws(Stop) {
        if let count = announced { return try sendLiteral(count) }
        var isOver = false
        try session.sendLines { () throws(Stop) in
            guard !isOver else { return nil }
            let line = try nextLine(orEndsIn: "inside a text")
            isOver = line.readableBytesView.elementsEqual(CollectionOfOne(UInt8(ascii: ".")))
            return line
        }
    }

    /// Sends a request's line, with the literals whose octets follow in the script.
    private func send(_ line: ByteBuffer) throws(Stop) {
        session.sendLine(line)
        let mark = LiteralMark.announced(by: line.readableBytesView)
        announced = nil
        if let mark, mark.waits { announced = mark.count } else if let mark { try sendLiteral(mark.count) }
    }

    /// Sends a literal and the rest of its request. A server that has hung up has said why.
    private func sendLiteral(_ count: Int) throws(Stop) {
        var rest = count
        while rest > 0, session.isConnected {
            guard let octets = input.nextOctets(min(rest, Self.chunk)) else { throw cutShort("inside a literal") }
            rest -= octets.readableBytes
            session.send(octets)
        }
        if session.isConnected { try send(try nextLine(orEndsIn: "inside a request")) }
    }

    private func nextLine(orEndsIn place: String) throws(Stop) -> ByteBuffer {
        guard let line = input.nextLine() else { throw cutShort(place) }
        return line
    }

    private func cutShort(_ place: String) -> Stop {
        Stop(message: "line \(input.line): the script ends \(place)", status: .refused)
    }
}

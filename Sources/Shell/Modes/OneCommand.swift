import Glibc
import NIOCore
import Wire

/// One request, from the program's arguments. What the server asks for comes from standard input.
final class OneCommand: Answering {
    private let session: Session
    private let words: [[UInt8]]
    private var input = InputReader.standardInput(keepsCR: true)

    init(_ words: [[UInt8]], _ session: Session) {
        self.words = words
        self.session = session
    }

    func run() throws(Stop) {
        try session.connect()
        let spec = verb.flatMap { session.manifest[$0]?.spec }
        let request = RequestLine(words, for: spec).octets
        let reply = try session.perform(for: self) { session.send(request) }
        session.disconnect()
        guard reply.status == .success else { throw Stop(message: Output.text(of: reply), status: reply.status) }
        Output.answer(reply, isForPeople: Screen.isOutput)
    }

    func secret(for prompt: Reply) throws(Stop) -> ByteBuffer {
        if Screen.isInput { return SecretPrompt.answer(to: prompt, verb: verb) }
        guard let line = input.nextLine() else {
            throw Stop(message: "standard input ends where an answer is asked for", status: .refused)
        }
        return line
    }

    func sendMessage(for prompt: Reply) throws(Stop) {
        if Screen.isInput { Output.note("The message, then Ctrl-D on a line of its own:") }
        try session.sendLines { () throws(Stop) in input.nextLine()?.dotStuffed }
        session.sendLine(ByteBuffer(string: "."))
    }

    private var verb: Verb? { words.first.flatMap { Verb($0) } }
}

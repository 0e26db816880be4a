import NIOCore
import Wire

/// The CHALLENGE command, which returns the text that a key must sign to log in.
struct MakeChallenge: AuthCommand {
    private static let name = Parameter.name("name")

    static let spec = CommandSpec(
        "CHALLENGE", [name.spec], access: .anyone, isRepeatable: true,
        isReading: true,
        summary: "Ask for a challenge, to log in with a key",
        help: """
            The answer is one word, for this session alone, for two minutes, and for one log-in. Sign it without a \
            line end: printf %s WORD | ssh-keygen -Y sign -n clavero -f KEY. Then send LOGIN CHALLENGE=WORD, and the \
            signature when the server asks for it. Every name gets an answer, with keys or without.
            """)

    let auth: AuthPlugin

    func run(_ call: Call) async throws -> Answer {
        Answer(.result(ByteBuffer(string: try auth.challenges.issue(to: try call.value(Self.name), call.caller))))
    }
}

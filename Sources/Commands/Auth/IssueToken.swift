import NIOCore
import Wire

/// TOKEN: what the session proves itself with, for other programs and other sessions.
struct IssueToken: AuthCommand {
    static let declaration = Declaration(
        "TOKEN", access: .user, isRepeatable: true,
        isReading: true,
        summary: "Give the token that proves who you are",
        help: """
            The answer is the session's own token, a JWT (EdDSA) that acts for you until it expires, you change your \
            password, or you log out everywhere: LOGIN TOKEN= goes on with it, and whoever has it may ask VERIFY \
            TOKEN= whose it is. Keep it as you keep a password.
            """)

    init(auth: AuthPlugin) {}

    func run(_ call: Call) async throws -> Answer {
        guard let token = call.caller.token else { throw Failure.logInFirst }
        return Answer(.result(ByteBuffer(string: token)))
    }
}

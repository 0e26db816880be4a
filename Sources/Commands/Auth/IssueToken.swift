import NIOCore
import Wire

/// The TOKEN command, which hands out a token of the session's account for other programs and other sessions.
struct IssueToken: AuthCommand {
    static let spec = CommandSpec(
        "TOKEN", access: .user, isRepeatable: true,
        isReading: true,
        summary: "Give a token that proves who you are",
        help: """
            The answer is a JWT (EdDSA) that acts for you until this session's log-in expires, you change your \
            password, or you log out everywhere. LOGIN TOKEN= logs in with it, and VERIFY TOKEN= tells anyone who has \
            it whose it is. Keep it as you keep a password. It cannot change the password or the keys to log in with: \
            these need a log-in by password or key.
            """)

    let auth: AuthPlugin

    func run(_ call: Call) async throws -> Answer {
        guard let token = call.caller.token else { throw Failure.logInFirst }
        guard let bearer = try? auth.identities.bearer(of: call.caller) else {
            throw Failure.logInEnded
        }
        return Answer(.result(ByteBuffer(string: try auth.withoutProof(token, bearer))))
    }
}

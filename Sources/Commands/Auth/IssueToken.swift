import NIOCore
import Store
import Wire

/// TOKEN: what the session proves itself with, for other programs.
struct IssueToken: Command {
    static let declaration = Declaration(
        "TOKEN", access: .user, isRepeatable: true,
        summary: "Give a token that proves who you are",
        help: """
            The answer is a JWT (EdDSA) that acts for you until it expires or you change your password: whoever has \
            it may ask VERIFY TOKEN= whose it is. Keep it as you keep a password.
            """)

    let auth: AuthPlugin

    func run(_ call: Call) async throws -> Answer {
        let account = try await call.account()
        return Answer(.result(ByteBuffer(string: try auth.token(for: account.name, epoch: account.epoch))))
    }
}

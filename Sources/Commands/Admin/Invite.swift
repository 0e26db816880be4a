import NIOCore
import Store
import Wire

/// The INVITE command, which makes a code that lets one person sign up.
struct Invite: AdminCommand {
    private static let days = Parameter.number("days", key: "DAYS", in: 1...365, or: .badNumber)
    private static let standard = 7

    static let spec = CommandSpec(
        "INVITE", [days.optional], access: .operator, isRepeatable: false,
        summary: "Make an invitation to sign up",
        help: """
            The answer is a code for one sign-up: SIGNUP INVITE=code name. The code is valid for 7 days, or for the \
            number of DAYS. It is shown once; the server keeps its digest.
            """)

    let admin: AdminPlugin

    func run(_ call: Call) async throws -> Answer {
        let days = try call.optional(Self.days) ?? Self.standard
        let code = SecretCode.invitation.make()
        let now = admin.now()
        try await admin.store.addInvitation(
            SecretCode.digest(of: code), created: Int64(now), expires: Int64(now + days * 86_400))
        return Answer(.result(ByteBuffer(string: code)))
    }
}

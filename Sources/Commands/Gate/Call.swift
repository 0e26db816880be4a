import Signing
import Store
import Wire

/// One call of a command: its arguments, and who gives it.
public struct Call: CommandCall, Sendable {
    public let request: Request
    package let caller: Caller
    let identities: Identities
    /// The account that the session acts for; nil until it was looked up.
    var acting: Identities.Acting?
    /// The accounts and keys that were read for this call alone; nil if there are none.
    var reads: RequestReads?

    /// The moment as of which accounts and keys are looked up; nil until one was needed.
    var moment: AccountCache.Moment?
}

extension Call {
    init(
        _ request: Request, from caller: Caller, _ identities: Identities, acting: Identities.Acting?,
        at moment: AccountCache.Moment?
    ) {
        self.init(request: request, caller: caller, identities: identities, acting: acting, moment: moment)
    }

    /// The name of the account that the session acts for, as it is now.
    ///
    /// - Throws: that there is none: where the declaration's access is `user` that has been seen to before.
    public func user() async throws -> AccountName { try await acts().name }

    /// The client's address and port; `local` on a Unix socket.
    public var peer: String { caller.peer }

    /// The account that the session acts for.
    ///
    /// - Throws: that there is none.
    package func account() async throws -> Account { try await acts().account }

    private func acts() async throws -> Identities.Acting {
        if let acting { return acting }
        return try await identities.account(of: caller)
    }

    /// How and when the session proved to be the account's; nil where a token was all that it had.
    var proof: LogInProof? { acting?.proof }

    var accounts: AccountCache { identities.accounts }
}

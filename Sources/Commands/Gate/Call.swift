import Signing
import Store
import Wire

/// One call of a command: its arguments, and the caller that issued it.
public struct Call: CommandCall, Sendable {
    public let request: Request
    package let caller: Caller
    let identities: Identities
    /// The account that the session acts for; nil until it was looked up.
    var acting: Identities.ActingAccount?
    /// The accounts and keys that were read for this call alone; nil if nothing was read.
    var reads: RequestReads?

    /// The moment at which accounts and keys are looked up; nil until it is needed.
    var moment: AccountCache.Moment?
    /// Whether keys were made for the call, or could not be made.
    var hasMadeKeys = false
}

extension Call {
    init(
        _ request: Request, from caller: Caller, _ identities: Identities, acting: Identities.ActingAccount?,
        at moment: AccountCache.Moment?
    ) {
        self.init(request: request, caller: caller, identities: identities, acting: acting, moment: moment)
    }

    /// Returns the name of the account that the session acts for, as it is now.
    ///
    /// - Throws: A refusal if the session acts for no account. The gate has already ruled that out for commands whose
    ///   access is `user`.
    public func user() async throws -> AccountName { try await acts().name }

    /// The client's address and port; `local` on a Unix socket.
    public var peer: String { caller.peer }

    /// Returns the account that the session acts for, as it is now.
    ///
    /// - Throws: A refusal if the session acts for no account.
    package func account() async throws -> Account { try await acts().account }

    private func acts() async throws -> Identities.ActingAccount {
        if let acting { return acting }
        return try await identities.account(of: caller)
    }

    /// How and when the session proved that it acts for the account; nil if it showed only a token.
    var proof: LogInProof? { acting?.proof }

    var accounts: AccountCache { identities.accounts }
}

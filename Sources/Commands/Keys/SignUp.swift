import NIOCore
import Seal
import Secrets
import Signing
import Store
import Wire

/// The SIGNUP command, which makes an account, its encryption key and its signing key in one transaction.
struct SignUp: KeysCommand {
    private static let name = Parameter.name("name")
    private static let password = Parameter.secret("password")
    private static let key = Parameter.publicKey("public-key", key: "KEY", type: .word)
    /// The digest of an invitation code.
    private static let invitation = Parameter.codeDigest("code", key: "INVITE")

    static let spec = CommandSpec(
        "SIGNUP", [invitation.optional, name.spec, password.spec], [invitation.optional, key.spec, name.spec],
        access: .anyone, isRepeatable: false,
        failures: [
            .nameTaken, .weakPassword, .siteKey, .signUpClosed, .invitationNeeded, .badInvitation,
        ] + SignUpGuard.failures,
        summary: "Make an account and its keys",
        help: """
            The name is converted to lower case. The server asks for a password that is left out. With KEY, an Ed25519 \
            public key in quotes as ssh-keygen writes it, the account has no password and logs in with CHALLENGE. \
            INVITE is the operator's invitation code, if the site needs one. The account gets a key to encrypt with \
            and a key to sign with; neither leaves the server. One network may make a limited number of accounts in an \
            hour. Accounts that are made with an invitation do not count.
            """)

    let keys: KeysPlugin

    func run(_ call: Call) async throws -> Answer {
        let name = try call.value(Self.name)
        let (invitation, bounds) = try await admission(of: call)
        let key = try call.optional(Self.key)
        if let key { try keys.siteKeys.requireForeign(toServer: key) }
        let phc = key == nil ? try await hash(of: call, for: name) : nil
        do {
            try await keys.rootKeys.wrapping(for: keys.store) { root in
                try await keys.signUps.add(
                    try account(name, password: phc, key: key, invitation: invitation, bounds, under: root))
            }
        } catch StoreError.exists {
            throw Failure.nameTaken
        } catch StoreError.notInvited {
            throw Failure.badInvitation
        } catch StoreError.accountKey {
            throw Failure.siteKey
        }
        return Answer(.done("\(name) signed up, key 1"))
    }

    private func require(_ invitation: [UInt8], at now: Int) async throws {
        guard try await keys.store.hasInvitation(invitation, at: Int64(now)) else { throw Failure.badInvitation }
    }

    /// Hashes the password. It refuses a name that is taken before the costly hash is computed.
    private func hash(of call: Call, for name: AccountName) async throws -> String {
        let password = try call.value(Self.password)
        guard try await keys.store.account(named: name.description) == nil else { throw Failure.nameTaken }
        return try await keys.hasher.hash(password, for: call.caller)
    }

    /// Decides whether the client may sign up, before the costly hash is computed.
    ///
    /// While sign-up is open, an invitation is optional. It is used only when a bound is reached, and then passes all
    /// bounds.
    ///
    /// - Returns: The digest of the invitation that the account uses up; nil if it uses none. Also the bounds that
    ///   the account counts towards.
    /// - Throws: The refusals of sign-up.
    private func admission(of call: Call) async throws -> (invitation: [UInt8]?, bounds: [SignUpBound]) {
        let now = keys.now()
        let invitation = try call.optional(Self.invitation)
        switch keys.policy.signUp {
        case .closed: throw Failure.signUpClosed
        case .invited:
            guard let invitation else { throw Failure.invitationNeeded }
            try await keys.signUps.admit([], at: now)
            try await require(invitation, at: now)
            return (invitation, [])
        case .open:
            let bounds = keys.policy.signUpBounds.bounds(for: call.caller.peer)
            do {
                try await keys.signUps.admit(bounds, at: now)
                return (nil, bounds)
            } catch let failure as Failure where [.signUpsOfNetwork, .signUpsEverywhere].contains(failure) {
                guard let invitation else { throw failure }
                try await require(invitation, at: now)
                return (invitation, [])
            }
        }
    }

    private func account(
        _ name: AccountName, password: String?, key: SSHPublicKey?, invitation: [UInt8]?, _ bounds: [SignUpBound],
        under root: RootKey
    ) throws -> NewAccount {
        let now = keys.now()
        return NewAccount(
            name: name.description, password: password,
            keys: try [KeyPurpose.encryption, .signing].map { purpose in
                try AccountKey(making: purpose, version: 1, of: name.description, under: root, now: now)
            },
            created: Int64(now), loginKey: key.map { LoginKey($0, now: now) }, invitation: invitation,
            bounds: bounds)
    }
}

import Seal
import Store
import Wire

/// SIGNUP: makes an account, its encryption key and its signing key, in one transaction.
struct SignUp: Command {
    private static let name = Parameter.name("name")
    private static let password = Parameter.secret("password")

    static let declaration = Declaration(
        "SIGNUP", [name.spec, password.spec], access: .anyone, isRepeatable: false,
        failures: [.nameTaken, .weakPassword],
        summary: "Make an account and its keys",
        help: """
            The name is folded to lower case. A password left out is asked for. The account gets a key to encrypt \
            with and a key to sign with; neither leaves the server.
            """)

    let keys: KeysPlugin
    let hasher: Hasher
    let now: @Sendable () -> Int

    func run(_ call: Call) async throws -> Answer {
        let name = try call.value(Self.name)
        let password = try call.value(Self.password)
        guard try await keys.store.account(named: name.description) == nil else { throw Failure.nameTaken }
        let phc = try await hasher.hash(password)
        do {
            try await keys.store.add(try account(name, phc))
        } catch StoreError.exists {
            throw Failure.nameTaken
        }
        return Answer(.done("\(name) signed up, key 1"))
    }

    private func account(_ name: AccountName, _ phc: String) throws -> NewAccount {
        let now = now()
        let signing = SigningKey()
        return NewAccount(
            name: name.description, password: phc,
            keys: [
                try keys.wrapped(SecretBytes.random(count: 32), of: name, .encryption, now: now),
                try keys.wrapped(signing.seed, of: name, .signing, publicKey: signing.publicKey.raw, now: now),
            ],
            created: Int64(now))
    }
}

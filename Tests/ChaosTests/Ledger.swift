/// The facts that one session was told, from which its checks follow.
struct Ledger {
    /// An account's password, as far as the session knows it.
    struct Password {
        /// The password that was accepted last.
        var current: String
        /// All passwords that may be the right one: the acknowledged one, and those of changes whose outcome is
        /// unknown. Such a change may even take effect later. An acknowledged change rules out all others, because
        /// each could only replace the password before it.
        var possible: [String]
        /// A password that an acknowledged change has replaced.
        var replaced: String?

        init(_ password: String) { (current, possible) = (password, [password]) }

        var isKnown: Bool { possible.count == 1 }

        mutating func changed(to new: String) {
            replaced = possible.last
            (current, possible) = (new, [new])
        }
    }

    static let password = "correct horse"

    /// The names whose sign-up was acknowledged and not checked since.
    var signedUp: [String] = []
    /// The names whose sign-up was refused, so no account has them.
    var refused: [String] = []
    /// The names whose sign-up has an unknown outcome. Each is either an account with its keys, or no account.
    var unknown: [String] = []

    /// The latest messages that the session sealed for itself, and those that it signed.
    private(set) var sealed: [Sealed] = []
    private(set) var signed: [(signature: String, message: String)] = []
    private static let kept = 32

    mutating func add(sealed new: Sealed) { sealed = sealed.suffix(Self.kept - 1) + [new] }

    mutating func add(signature: String, of message: String) {
        signed = signed.suffix(Self.kept - 1) + [(signature, message)]
    }
}

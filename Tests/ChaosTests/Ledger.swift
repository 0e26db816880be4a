/// What one session was told, and what has to be so because of that.
struct Ledger {
    /// An account's password as far as it is known.
    struct Password {
        /// The one that was accepted last.
        var current: String
        /// Every one that may be it: the acknowledged one, and those of changes whose outcome is unknown, which may even
        /// come later. An acknowledged change ends them all, since each could only replace what was there before.
        var possible: [String]
        /// One that an acknowledged change has replaced.
        var replaced: String?

        init(_ password: String) { (current, possible) = (password, [password]) }

        var isKnown: Bool { possible.count == 1 }

        mutating func changed(to new: String) {
            replaced = possible.last
            (current, possible) = (new, [new])
        }
    }

    static let password = "correct horse"

    /// Names that were signed up, and have not been looked at since.
    var signedUp: [String] = []
    /// Names whose sign-up was refused, so that they are nobody's.
    var refused: [String] = []
    /// Names that are somebody's, keys and all, or nobody's.
    var unknown: [String] = []

    /// What the session has sealed for itself and signed, the latest.
    private(set) var sealed: [Sealed] = []
    private(set) var signed: [(signature: String, message: String)] = []
    private static let kept = 32

    mutating func add(sealed new: Sealed) { sealed = sealed.suffix(Self.kept - 1) + [new] }

    mutating func add(signature: String, of message: String) {
        signed = signed.suffix(Self.kept - 1) + [(signature, message)]
    }
}

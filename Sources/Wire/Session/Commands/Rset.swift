/// RSET (RFC 5321, section 4.1.1.5) changes nothing. SMTP libraries send it between transactions, and this protocol
/// has no transactions.
struct Rset: SessionCommand {
    static let spec = CommandSpec(
        "RSET", access: .anyone, isRepeatable: true,
        summary: "Forget an unfinished transaction",
        help: "Clavero has no transactions, so this changes nothing. The session stays logged in.")

    private static let done = Answer(Reply.done("OK"))
    var constant: Answer? { Self.done }

    func answer(_ call: SessionCall) throws -> Answer { Self.done }
}

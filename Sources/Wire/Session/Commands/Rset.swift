/// RSET (RFC 5321, 4.1.1.5): SMTP libraries send it between transactions, of which there are none here.
enum Rset: SessionCommand {
    static let spec = CommandSpec(
        session: "RSET", summary: "Forget an unfinished transaction",
        help: "There are no transactions here: it changes nothing, and a log-in stays.")

    private static let done = Answer(Reply.done("OK"))
    static var constant: Answer? { done }

    static func answer(_ request: Request, _ context: SessionContext) -> Answer { done }
}

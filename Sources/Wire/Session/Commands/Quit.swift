/// QUIT (RFC 5321, 4.1.1.10).
enum Quit: SessionCommand {
    static let spec = CommandSpec(
        session: "QUIT", summary: "End the session",
        help: "The requests before it are answered first; what comes after it is not read.")

    static func answer(_ request: Request, _ context: SessionContext) -> Answer {
        Answer(Reply(221, "2.0.0", "Bye"), effect: .close)
    }
}

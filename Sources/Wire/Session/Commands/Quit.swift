/// QUIT (RFC 5321, section 4.1.1.10) ends the session.
struct Quit: SessionCommand {
    static let spec = CommandSpec(
        "QUIT", access: .anyone, isRepeatable: true,
        summary: "End the session",
        help: "The server first answers the requests before it, and ignores what comes after it.")

    func answer(_ call: SessionCall) throws -> Answer {
        Answer(Reply(221, "2.0.0", "Bye"), effect: .close)
    }
}

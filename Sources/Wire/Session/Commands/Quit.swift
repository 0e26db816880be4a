/// QUIT (RFC 5321, section 4.1.1.10) ends the session.
struct Quit: SessionCommand {
    static let spec = CommandSpec(
        "QUIT", access: .anyone, isRepeatable: true,
        summary: "End the session",
        help: "The requests before it are answered first; what comes after it is not read.")

    func answer(_ call: SessionCall) throws -> Answer {
        Answer(Reply(221, "2.0.0", "Bye"), effect: .close)
    }
}

/// HELO (RFC 5321, section 4.1.1.1) is answered with one line.
struct Helo: SessionCommand {
    private static let client = Parameter.message("client")

    static let spec = CommandSpec(
        "HELO", [client.optional], access: .anyone, isRepeatable: true,
        summary: "Greet, without a list", help: "The reply is one line with the server's name.")

    func answer(_ call: SessionCall) throws -> Answer {
        Answer(Reply(250, nil, call.host))
    }
}

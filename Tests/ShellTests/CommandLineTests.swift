import Testing

@testable import Shell

@Suite("Arguments of the program")
struct CommandLineTests {
    @Test(
        "Options may follow the server, and arguments after a verb belong to the request",
        arguments: [
            (["gate", "--user", "alice", "WHOAMI"], ["--user", "alice", "gate", "WHOAMI"]),
            (["--port", "1", "gate", "--tls=off"], ["--port", "1", "--tls=off", "gate"]),
            (["gate", "SIGN", "--user", "x"], ["gate", "SIGN", "--user", "x"]),
            (["WHOAMI", "--user", "x"], ["WHOAMI", "--user", "x"]),
            (["gate", "--", "noop"], ["gate", "--", "noop"]), (["--", "gate", "--x"], ["--", "gate", "--x"]),
            (["gate", "--frob"], ["--frob"]), (["gate", "--help"], ["--help"]), (["gate"], ["gate"]), ([], []),
        ])
    func optionsFirst(_ arguments: [String], _ ordered: [String]) {
        #expect(Clavero.optionsFirst(arguments) == ordered)
    }
}

import Testing
import Wire

@testable import Shell

@Suite("The trace of requests")
struct ProtocolTraceTests {
    @Test(
        "Passwords are masked",
        arguments: [
            ("LOGIN alice hunter2", "LOGIN alice ********"),
            ("login  alice  \"correct horse\"", "login alice ********"),
            ("LOGIN alice \"correct horse", "LOGIN alice ********"),
            ("LOGIN alice two words", "LOGIN alice ******** ********"),
            ("LOGIN alice", "LOGIN alice"),
        ])
    func passwords(_ line: String, _ shown: String) {
        #expect(ProtocolTrace.masked(Array(line.utf8), RequestEncoderTests.login) == shown)
    }

    @Test(
        "Secrets in options are masked",
        arguments: [
            ("VERIFY TOKEN=e.y.J", "VERIFY TOKEN=********"),
            ("VERIFY token=\"e y\"", "VERIFY token=********"),
            ("VERIFY clvs1.x  the  message", "VERIFY clvs1.x the  message"),
            ("VERIFY TOKEN=e.y.J more", "VERIFY TOKEN=******** ********"),
        ])
    func options(_ line: String, _ shown: String) {
        #expect(ProtocolTrace.masked(Array(line.utf8), RequestEncoderTests.verify) == shown)
    }

    @Test("A line with an unknown verb is shown as it is")
    func unknownVerb() {
        #expect(ProtocolTrace.masked(Array("DANCE x  y".utf8), nil) == "DANCE x  y")
    }
}

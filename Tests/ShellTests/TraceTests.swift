import Testing
import Wire

@testable import Shell

@Suite struct TraceTests {
    @Test(arguments: [
        ("LOGIN alice hunter2", "LOGIN alice ********"),
        ("login  alice  \"correct horse\"", "login alice ********"),
        ("LOGIN alice \"correct horse", "LOGIN alice ********"),
        ("LOGIN alice two words", "LOGIN alice ******** ********"),
        ("LOGIN alice", "LOGIN alice"),
    ])
    func masksPasswords(_ line: String, _ shown: String) {
        #expect(Trace.masked(Array(line.utf8), RequestLineTests.login) == shown)
    }

    @Test(arguments: [
        ("VERIFY TOKEN=e.y.J", "VERIFY TOKEN=********"),
        ("VERIFY token=\"e y\"", "VERIFY token=********"),
        ("VERIFY clvs1.x  the  message", "VERIFY clvs1.x the  message"),
        ("VERIFY TOKEN=e.y.J more", "VERIFY TOKEN=******** ********"),
    ])
    func masksOptions(_ line: String, _ shown: String) {
        #expect(Trace.masked(Array(line.utf8), RequestLineTests.verify) == shown)
    }

    @Test func showsWhatNobodyDeclares() {
        #expect(Trace.masked(Array("DANCE x  y".utf8), nil) == "DANCE x  y")
    }
}

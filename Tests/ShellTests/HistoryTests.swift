import Testing
import Wire

@testable import Shell

@Suite struct HistoryTests {
    static let manifest = Manifest([
        RequestLineTests.sign, RequestLineTests.encrypt, RequestLineTests.verify, RequestLineTests.login,
    ])

    @Test(arguments: [
        "SIGN attack at dawn", "LOGIN alice", "login alice", "VERIFY clvs1.a.1.x message",
        "VERIFY clvs1.a.1.x TOKEN", "SIGN \"unfinished", "DANCE", "HELP LOGIN", "SIGN password",
    ])
    func keeps(_ line: String) {
        #expect(History.keeps(Array(line.utf8), Self.manifest))
    }

    @Test(arguments: [
        "LOGIN alice hunter2", "login alice hunter2", "LoGiN alice \"correct horse\"", "LOGIN alice two words",
        "LOGIN alice \"unfinished", "LOGIN ! hunter2", "LOGIN", "VERIFY TOKEN=e.y.J", "verify token=e.y.J",
        "VERIFY TOKEN=e.y.J more", " SIGN this", "",
    ])
    func leavesOut(_ line: String) {
        #expect(!History.keeps(Array(line.utf8), Self.manifest))
    }
}

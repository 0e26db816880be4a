import Testing
import Wire

@testable import Shell

@Suite("The history of the shell")
struct HistoryTests {
    @Test(
        "A line without a secret is kept",
        arguments: [
            "SIGN attack at dawn", "LOGIN alice", "login alice", "VERIFY clvs1.a.1.x message",
            "VERIFY clvs1.a.1.x TOKEN",
            "SIGN \"unfinished", "ENCRPYT", "HELP LOGIN", "SIGN password", "\\timing", "\\connect gate", "? LOGIN",
            "LOGIN ?",
            "ENCRYPT TO=bob <file >out", "LOGIN CHALLENGE", "SIGNUP alice",
        ])
    func keeps(_ line: String) {
        #expect(History.shouldKeep(Array(line.utf8), TestManifest.all))
    }

    @Test(
        "A line that may hold a secret is left out",
        arguments: [
            "LOGIN alice hunter2", "login alice hunter2", "LoGiN alice \"correct horse\"", "LOGIN alice two words",
            "LOGIN alice \"unfinished", "LOGIN ! hunter2", "LOGIN", "VERIFY TOKEN=e.y.J", "verify token=e.y.J",
            "VERIFY TOKEN=e.y.J more", " SIGN this", "", "LOGN alice hunter2", "DANCE x", "hunter2", "LOGIN=hunter2",
            "LOGIN alice hunter2 >file",
            "SIGNUP INVITE=code alice", "PASSWD old", "\\edit LOGIN alice hunter2", "\\includ LOGIN alice hunter2 x",
            "\\x LOGIN alice hunter2", "\\timing hunter2", "? hunter2", "hunter2 ?", "? ñ",
        ])
    func leavesOut(_ line: String) {
        #expect(!History.shouldKeep(Array(line.utf8), TestManifest.all))
    }
}

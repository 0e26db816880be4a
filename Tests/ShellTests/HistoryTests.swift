import Foundation
import TestKit
import Testing
import Wire

@testable import Shell

@Suite struct HistoryTests {
    @Test(arguments: [
        "SIGN attack at dawn", "LOGIN alice", "login alice", "VERIFY clvs1.a.1.x message", "VERIFY clvs1.a.1.x TOKEN",
        "SIGN \"unfinished", "ENCRPYT", "HELP LOGIN", "SIGN password", "\\timing", "\\connect gate", "? LOGIN",
        "LOGIN ?",
        "ENCRYPT TO=bob <file >out", "LOGIN CHALLENGE", "SIGNUP alice",
    ])
    func keeps(_ line: String) {
        #expect(History.keeps(Array(line.utf8), TypingTests.manifest))
    }

    @Test(arguments: [
        "LOGIN alice hunter2", "login alice hunter2", "LoGiN alice \"correct horse\"", "LOGIN alice two words",
        "LOGIN alice \"unfinished", "LOGIN ! hunter2", "LOGIN", "VERIFY TOKEN=e.y.J", "verify token=e.y.J",
        "VERIFY TOKEN=e.y.J more", " SIGN this", "", "LOGN alice hunter2", "DANCE x", "hunter2", "LOGIN=hunter2",
        "LOGIN alice hunter2 >file",
        "SIGNUP INVITE=code alice", "PASSWD old",
    ])
    func leavesOut(_ line: String) {
        #expect(!History.keeps(Array(line.utf8), TypingTests.manifest))
    }

    @Test func isItsOwners() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/new/clavero/history"
        let file = try #require(SharedFile(path: path))
        file.append("one")
        file.append("two é")
        #expect(file.lines == ["one", "two é"])
        let mode = { try FileManager.default.attributesOfItem(atPath: $0)[.posixPermissions] as? Int }
        #expect(try mode(path) == 0o600)
        #expect(try mode("\(directory.path)/new/clavero") == 0o700)
        #expect(SharedFile(path: "\(path)/below") == nil)
    }

    @Test func isReadAndShortenedHoweverLong() throws {
        let directory = try TemporaryDirectory()
        let file = try #require(SharedFile(path: "\(directory.path)/history"))
        let long = String(repeating: "x", count: 4000)
        for number in 0..<300 { file.append("\(number) \(long)") }
        #expect(file.lines.last == "299 \(long)")
        #expect(file.lines.count > 250)
        file.shorten(to: 200)
        #expect(file.lines == (100..<300).map { "\($0) \(long)" })
    }

    /// Whoever appends has the file open anew each time, as another process has.
    @Test func losesNothingOfOthers() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/history"
        DispatchQueue.concurrentPerform(iterations: 8) { writer in
            let file = SharedFile(path: path)
            for number in 0..<100 { file?.append("\(writer) \(number) " + String(repeating: "x", count: 100)) }
        }
        let lines = try #require(SharedFile(path: path)).lines
        #expect(lines.count == 800)
        for writer in 0..<8 {
            let own = lines.filter { $0.hasPrefix("\(writer) ") }
            #expect(own.map { $0.split(separator: " ")[1] } == (0..<100).map { Substring("\($0)") })
        }
    }

    @Test func isShortenedBesideOthers() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/history"
        let file = try #require(SharedFile(path: path))
        for number in 0..<20 { file.append("\(number)") }
        file.shorten(to: 10)
        #expect(file.lines.count == 20)
        file.append("20")
        file.shorten(to: 10)
        #expect(file.lines == (11...20).map { "\($0)" })
        DispatchQueue.concurrentPerform(iterations: 8) { writer in
            for number in 0..<50 {
                SharedFile(path: path)?.append("\(writer) \(number)")
                if number % 10 == 9 { SharedFile(path: path)?.shorten(to: 20) }
            }
        }
        file.shorten(to: 20)
        let lines = file.lines
        #expect(20...40 ~= lines.count)
        #expect(lines.allSatisfy { $0.wholeMatch(of: /\d \d+/) != nil })
    }
}

import Foundation
import TestKit
import Testing

@testable import Shell

@Suite("Files of lines that processes share")
struct SharedLineFileTests {
    @Test("Only the owner can read the file and its directories")
    func permissions() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/new/clavero/history"
        let file = try #require(SharedLineFile(path: path))
        file.append("one")
        file.append("two é")
        #expect(file.lines == ["one", "two é"])
        let mode = { try FileManager.default.attributesOfItem(atPath: $0)[.posixPermissions] as? Int }
        #expect(try mode(path) == 0o600)
        #expect(try mode("\(directory.path)/new/clavero") == 0o700)
        #expect(SharedLineFile(path: "\(path)/below") == nil)
    }

    @Test("The last lines of a very long file are read and kept")
    func longFile() throws {
        let directory = try TemporaryDirectory()
        let file = try #require(SharedLineFile(path: "\(directory.path)/history"))
        let long = String(repeating: "x", count: 4000)
        for number in 0..<300 { file.append("\(number) \(long)") }
        #expect(file.lines.last == "299 \(long)")
        #expect(file.lines.count > 250)
        file.shorten(to: 200)
        #expect(file.lines == (100..<300).map { "\($0) \(long)" })
    }

    /// Each append opens the file anew, as another process would.
    @Test("Concurrent writers lose no lines")
    func concurrentAppends() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/history"
        DispatchQueue.concurrentPerform(iterations: 8) { writer in
            let file = SharedLineFile(path: path)
            for number in 0..<100 { file?.append("\(writer) \(number) " + String(repeating: "x", count: 100)) }
        }
        let lines = try #require(SharedLineFile(path: path)).lines
        #expect(lines.count == 800)
        for writer in 0..<8 {
            let own = lines.filter { $0.hasPrefix("\(writer) ") }
            #expect(own.map { $0.split(separator: " ")[1] } == (0..<100).map { Substring("\($0)") })
        }
    }

    @Test("A file is shortened while other processes append")
    func shortening() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/history"
        let file = try #require(SharedLineFile(path: path))
        for number in 0..<20 { file.append("\(number)") }
        file.shorten(to: 10)
        #expect(file.lines.count == 20)
        file.append("20")
        file.shorten(to: 10)
        #expect(file.lines == (11...20).map { "\($0)" })
        DispatchQueue.concurrentPerform(iterations: 8) { writer in
            for number in 0..<50 {
                SharedLineFile(path: path)?.append("\(writer) \(number)")
                if number % 10 == 9 { SharedLineFile(path: path)?.shorten(to: 20) }
            }
        }
        file.shorten(to: 20)
        let lines = file.lines
        #expect(20...40 ~= lines.count)
        #expect(lines.allSatisfy { $0.wholeMatch(of: /\d \d+/) != nil })
    }
}

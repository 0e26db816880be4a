import Foundation
import TestKit
import Testing

@testable import Daemon

@Suite("The form of the log", .timeLimit(.minutes(5)))
struct LogFormTests {
    /// Returns the device and the inode of a descriptor, as `$JOURNAL_STREAM` has them.
    private static func stream(of descriptor: Int32, inode difference: UInt = 0) -> String {
        var status = stat()
        fstat(descriptor, &status)
        return "\(status.st_dev):\(status.st_ino + difference)"
    }

    @Test("Only the connection that $JOURNAL_STREAM names is the journal")
    func journal() throws {
        let (read, write) = Child.pipe()
        defer { for descriptor in [read, write] { close(descriptor) } }
        #expect(LogForm.isJournal(write, stream: Self.stream(of: write)))
        let inode = Self.stream(of: write).split(separator: ":")[1]
        for stream in [nil, "", ":", "1:\(inode)", String(inode), Self.stream(of: write, inode: 1)] {
            #expect(!LogForm.isJournal(write, stream: stream), "\(stream ?? "none")")
        }
        #expect(!LogForm.isJournal(-1, stream: Self.stream(of: write)))
    }

    /// Runs the proxy with a socket as standard error, as systemd gives it to a service. Returns the lines of the log.
    private static func lines(_ arguments: [String], stream: (Int32) -> String, isEnding: Bool) async throws -> [String]
    {
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        let path = Repository.programs.appending(path: "clavero-proxy").path
        let child = try Child(
            path, arguments, environment: ["JOURNAL_STREAM": stream(ends[1])], input: nothing, output: nothing,
            errors: ends[1])
        for descriptor in [nothing, ends[1]] { close(descriptor) }
        let log = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        var text = ""
        while true {
            let data = log.availableData
            guard !data.isEmpty else { break }
            text += String(decoding: data, as: UTF8.self)
            if !isEnding, text.contains("listening"), text.hasSuffix("\n") { child.signal(SIGTERM) }
        }
        _ = child.wait()
        return text.components(separatedBy: "\n").dropLast()
    }

    private static let proxy = ["--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1"]

    @Test("A daemon whose standard error is the journal writes text with priorities, and otherwise JSON")
    func daemon() async throws {
        let lines = try await Self.lines(Self.proxy, stream: { Self.stream(of: $0) }, isEnding: false)
        #expect(lines.contains { $0.wholeMatch(of: /<6>listening address=127\.0\.0\.1:[0-9]+ tls=none/) != nil })
        #expect(lines.allSatisfy { $0.prefixMatch(of: /<[2-7]>[a-z]/) != nil }, "\(lines)")
        let others = try await Self.lines(Self.proxy, stream: { Self.stream(of: $0, inode: 1) }, isEnding: false)
        #expect(!others.isEmpty && others.allSatisfy { $0.hasPrefix("{\"time\":") }, "\(others)")
    }

    @Test("A daemon that cannot start tells the journal why, as an error")
    func failure() async throws {
        let lines = try await Self.lines(["--listen", "nowhere"], stream: { Self.stream(of: $0) }, isEnding: true)
        #expect(!lines.isEmpty && lines.allSatisfy { $0.hasPrefix("<3>") }, "\(lines)")
        #expect(lines[0].contains("listen"))
    }
}

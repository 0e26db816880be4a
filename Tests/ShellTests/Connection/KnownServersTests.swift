import Foundation
import Input
import Link
import TestKit
import Testing

@testable import Shell

@Suite("The file known-servers")
struct KnownServersTests {
    private static let gate = Endpoint.tcp(host: "gate.example", port: 6000)

    private static func fingerprint(_ number: Int) throws -> Fingerprint {
        let byte = String(0x100 + number, radix: 16).suffix(2)
        return try #require(Fingerprint(String(repeating: String(byte), count: 32)))
    }

    @Test("Certificates are pinned by host and port")
    func pinning() throws {
        let (first, second) = (try Self.fingerprint(1), try Self.fingerprint(2))
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/state/known-servers"
        let known = KnownServers(path: path)
        let gate = Endpoint.tcp(host: "gate.example", port: 6000)
        #expect(known.entries(of: gate) == [])
        #expect(known.add(gate, first))
        #expect(known.add(.tcp(host: "::1", port: 6000), second))
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.seekToEnd()
        try file.write(
            contentsOf: Data("# a remark\n\ngate.example:6000 damaged\nGATE.example:6000 \(second)\n".utf8))
        #expect(
            known.entries(of: .tcp(host: "Gate.Example", port: 6000)) == [
                KnownServers.Entry(fingerprint: first, line: 1)
            ])
        #expect(known.entries(of: .tcp(host: "::1", port: 6000)).map(\.line) == [2])
        #expect(known.entries(of: .tcp(host: "gate.example", port: 6001)) == [])
        #expect(!KnownServers(path: "\(path)/below").add(gate, first))
    }

    @Test("Only the owner can read the file and its directories, whatever their modes were")
    func modes() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/state/clavero/known-servers"
        let mode = { (path: String) in
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(KnownServers(path: path).add(Self.gate, try Self.fingerprint(1)))
        #expect(try mode(path) == 0o600)
        #expect(try mode("\(directory.path)/state") == 0o700)
        #expect(try mode("\(directory.path)/state/clavero") == 0o700)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(KnownServers(path: path).add(Self.gate, try Self.fingerprint(2)))
        #expect(try mode(path) == 0o600)
    }

    @Test("Existing lines are kept, also a last line without its line end")
    func keeps() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/known-servers"
        let (first, second) = (try Self.fingerprint(1), try Self.fingerprint(2))
        let before = "# mine\n\nold.example:6000 \(first)\n[::1]:6443 \(first)"
        try Data(before.utf8).write(to: URL(filePath: path))
        let known = KnownServers(path: path)
        #expect(known.add(.tcp(host: "GATE.example", port: 6000), second))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "\(before)\ngate.example:6000 \(second)\n")
        #expect(known.entries(of: .tcp(host: "::1", port: 6443)) == [KnownServers.Entry(fingerprint: first, line: 4)])
        #expect(known.entries(of: Self.gate) == [KnownServers.Entry(fingerprint: second, line: 5)])
    }

    @Test(
        "A damaged line is ignored, and the others are used",
        arguments: [
            "gate.example:6000", "gate.example:6000 ab", "gate.example:6000 FINGERPRINT more", "\u{FF}\u{0} x",
            "FINGERPRINT",
        ])
    func damage(_ line: String) throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/known-servers"
        let fingerprint = try Self.fingerprint(1)
        let damaged = line.replacing("FINGERPRINT", with: fingerprint.description)
        try Data("\(damaged)\ngate.example:6000 \(fingerprint)\n".utf8).write(to: URL(filePath: path))
        #expect(
            KnownServers(path: path).entries(of: Self.gate)
                == [KnownServers.Entry(fingerprint: fingerprint, line: 2)])
    }

    @Test("Concurrent writers lose no entries")
    func parallel() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/known-servers"
        let prints = try (0..<64).map(Self.fingerprint)
        DispatchQueue.concurrentPerform(iterations: prints.count) { index in
            #expect(KnownServers(path: path).add(.tcp(host: "h\(index)", port: 1), prints[index]))
        }
        for (index, fingerprint) in prints.enumerated() {
            #expect(
                KnownServers(path: path).entries(of: .tcp(host: "h\(index)", port: 1)).map(\.fingerprint) == [
                    fingerprint
                ])
        }
    }

    @Test("A file that cannot be read is not taken for an empty one")
    func unreadable() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/known-servers"
        try KnownServers(path: path).requireReadable()
        try KnownServers(path: nil).requireReadable()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try KnownServers(path: "\(path)/x/y").requireReadable()
        let error = ExitError(message: "\(path): Is a directory", status: .unavailable)
        #expect(throws: error) { try KnownServers(path: path).requireReadable() }
    }
}

import Foundation
import Link
import TestKit
import Testing

@testable import Shell

@Suite("known-servers, the file") struct KnownServersFileTests {
    private static let gate = Endpoint.tcp(host: "gate.example", port: 6000)

    private static func fingerprint(_ number: Int) throws -> Fingerprint {
        let octet = String(0x100 + number, radix: 16).suffix(2)
        return try #require(Fingerprint(String(repeating: String(octet), count: 32)))
    }

    @Test("The file and the directories that it needs are their owner's alone, whatever they were")
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

    @Test("What is there is kept, also a last line without its end")
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
        "A damaged line says nothing, and the others do",
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

    @Test("Many at once lose nothing")
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

    @Test("One that cannot be read is not taken for an empty one")
    func unreadable() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/known-servers"
        try KnownServers(path: path).requireReadable()
        try KnownServers(path: nil).requireReadable()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try KnownServers(path: "\(path)/x/y").requireReadable()
        let stop = Stop(message: "\(path): Is a directory", status: .unavailable)
        #expect(throws: stop) { try KnownServers(path: path).requireReadable() }
    }
}

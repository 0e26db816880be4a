import Daemon
import Foundation
import Input
import Seal
import Secrets
import TestKit
import Testing

@Suite("Key files")
struct KeyFileTests {
    private let directory = try! TemporaryDirectory()
    private var path: String { "\(directory.path)/some.key" }

    private func write(_ bytes: [UInt8], mode: Int = 0o600) throws {
        try? FileManager.default.removeItem(atPath: path)
        try Data(bytes).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private func read(_ file: KeyFile) throws -> [UInt8] { try file.secret().withUnsafeBytes { Array($0) } }

    private func expect(
        _ reason: String, of file: KeyFile? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let file = file ?? KeyFile(path: path)
        let error = #expect(throws: StartError.self, sourceLocation: sourceLocation) { try read(file) }
        #expect(error?.description == "\(file.path): \(reason)", sourceLocation: sourceLocation)
    }

    @Test("A file that only its owner can access is read whole, up to 64 KiB", arguments: [0, 1, 4096, 65535, 65536])
    func content(_ count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        for mode in [0o400, 0o600, 0o700] {
            try write(bytes, mode: mode)
            #expect(try read(KeyFile(path: path)) == bytes)
        }
    }

    @Test("A file over 64 KiB is not read")
    func large() throws {
        try write(Array(repeating: 1, count: 65537))
        expect("larger than 64 KiB")
    }

    @Test("The error for a missing file names it and says what to do")
    func missing() throws {
        expect("no such file")
        expect("no such file", of: KeyFile(path: "\(path)/within"))
        let error = #expect(throws: StartError.self) { try KeyFile(path: path).publicText(hint: "make one") }
        #expect(error?.description == "\(path): no such file; make one")
    }

    @Test(
        "A file that others can access in any way is not read, and the error has the command that mends it",
        arguments: [0o660, 0o620, 0o610, 0o604, 0o602, 0o601])
    func mode(_ mode: Int) throws {
        try write([1], mode: mode)
        let error = #expect(throws: StartError.self) { try read(KeyFile(path: path)) }
        #expect(error?.status == .permission)
        let command = try #require(error?.description.firstMatch(of: /run: (chmod 6[04]0 .*), and replace/)?.1)
        #expect(try KeyFile(path: path).publicText() == "\u{1}")
        let mended = Process()
        mended.executableURL = URL(filePath: "/bin/sh")
        mended.arguments = ["-c", String(command)]
        try mended.run()
        mended.waitUntilExit()
        #expect(try read(KeyFile(path: path)) == [1])
    }

    @Test(
        "A file in a directory that others may write is not read, unless the sticky bit protects it",
        arguments: [(0o702, false), (0o777, false), (0o1777, true), (0o755, true), (0o710, true)])
    func directory(_ mode: Int, _ isRead: Bool) throws {
        try write([1])
        #expect(chmod(directory.path, mode_t(mode)) == 0)
        guard !isRead else {
            #expect(try read(KeyFile(path: path)) == [1])
            return
        }
        expect("other users may write to its directory; run: chmod go-w \(directory.path)")
        // A link to the file from a safe directory does not help.
        let other = try TemporaryDirectory()
        try FileManager.default.createSymbolicLink(atPath: "\(other.path)/link", withDestinationPath: path)
        #expect(throws: StartError.self) { try read(KeyFile(path: "\(other.path)/link")) }
    }

    /// Kubernetes gives its secrets their names by links.
    @Test("A link is treated as the file that it leads to")
    func link() throws {
        let link = KeyFile(path: "\(directory.path)/link")
        try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: path)
        expect("no such file", of: link)
        try write([1, 2])
        #expect(try read(link) == [1, 2])
        try write([1, 2], mode: 0o644)
        let reason = "other users have access to it; run: chmod 600 \(link.path), and replace it"
        expect("\(reason) if they may have read it", of: link)
    }

    @Test("A file that is not a regular file is not read, and does not block")
    func kind() throws {
        #expect(mkfifo(path, 0o600) == 0)
        for path in [path, directory.path, "/dev/null", "/dev/zero"] {
            expect("cannot be read: not a file", of: KeyFile(path: path))
        }
    }

    @Test(
        "A file of another user is not read, whatever its mode", .enabled(if: geteuid() == 0, "needs root"))
    func ownerAsRoot() throws {
        for mode in [0o600, 0o644] {
            try write([1], mode: mode)
            #expect(chown(path, 65534, 65534) == 0)
            expect("belongs to another user; run: chown 0 \(path)")
        }
    }

    /// Any process reads files of root that a group may read. A server also reads files of another user and of its own
    /// group.
    @Test(
        "A file that a group may read is read only by the server or the command that shares it",
        .enabled(if: geteuid() == 0, "needs root"))
    func groupAsRoot() throws {
        let none = Credentials(environment: [:])
        let (other, own) = (uid_t(65534), getegid())
        for (user, group, mode, readers) in [
            (other, own, 0o640, [.server]), (0, 65534, 0o640, [.any, .server, .command]),
            (0, own, 0o640, [.any, .server, .command]), (0, 65534, 0o440, [.any, .server, .command]),
            (other, 65534, 0o640, []), (other, own, 0o660, []), (other, own, 0o644, []), (0, 65534, 0o660, []),
            (0, 65534, 0o644, []), (0, 65534, 0o650, []),
        ] as [(uid_t, gid_t, Int, [KeyFile.Reader])] {
            try write([1], mode: mode)
            #expect(chown(path, user, group) == 0)
            for reader in [KeyFile.Reader.any, .server, .command] {
                let file = KeyFile(named: "some.key", in: directory.path, credentials: none, reader: reader)
                let isRead = (try? read(file)) == [1]
                #expect(isRead == readers.contains(reader), "\(user):\(group) \(String(mode, radix: 8)) \(reader)")
            }
        }
    }

    /// Another owner would keep the operator's commands from the file.
    @Test(
        "A server keeps the owner of the operator's file, and has its mode mended",
        .enabled(if: geteuid() == 0, "needs root"), arguments: [0o644, 0o660, 0o646])
    func operatorsModeAsRoot(_ mode: Int) throws {
        try write([1], mode: mode)
        #expect(chown(path, 65534, getegid()) == 0)
        let file = KeyFile(
            named: "some.key", in: directory.path, credentials: Credentials(environment: [:]), reader: .server)
        let reason = "other users have access to it; run: chmod 640 \(file.path)"
        expect("\(reason), and replace it if they may have read it", of: file)
    }

    @Test("A file that the user may not read is not read", .enabled(if: geteuid() != 0, "needs another user than root"))
    func permission() throws {
        try write([1], mode: 0o000)
        expect("cannot be read: permission denied")
    }

    @Test("An existing credential is used instead of the file, and its mode is not checked")
    func credential() throws {
        let service = try TemporaryDirectory()
        let credentials = Credentials(environment: ["CREDENTIALS_DIRECTORY": service.path])
        let file = { KeyFile(named: "some.key", in: directory.path, credentials: credentials) }
        try write([1])
        #expect(try read(file()) == [1])
        try Data([2]).write(to: URL(filePath: "\(service.path)/some.key"))
        try FileManager.default.setAttributes([.posixPermissions: 0o440], ofItemAtPath: "\(service.path)/some.key")
        #expect(file().path == "\(service.path)/some.key")
        #expect(try read(file()) == [2])
        try FileManager.default.removeItem(atPath: "\(service.path)/some.key")
        try FileManager.default.createDirectory(
            atPath: "\(service.path)/some.key", withIntermediateDirectories: false)
        expect("cannot be read: not a file", of: file())
    }

    @Test("A credential that cannot be reached does not count as missing")
    func unreachable() throws {
        try write([1])
        let credentials = Credentials(environment: ["CREDENTIALS_DIRECTORY": path])
        let file = KeyFile(named: "some.key", in: directory.path, credentials: credentials)
        #expect(file.path == "\(path)/some.key")
    }

    @Test("Without a directory of credentials, the file is used", arguments: [nil, "", "relative"])
    func noCredentials(_ directory: String?) throws {
        let credentials = Credentials(environment: directory.map { ["CREDENTIALS_DIRECTORY": $0] } ?? [:])
        #expect(KeyFile(named: "passwd", in: "/etc", credentials: credentials).path == "/etc/passwd")
    }
}

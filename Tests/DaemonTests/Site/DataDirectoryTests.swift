import Daemon
import Foundation
import Input
import Seal
import Signing
import TestKit
import Testing

@testable import Server

@Suite("The data directory")
struct DataDirectoryTests {
    /// The files that are made, with their modes.
    private static let files = [
        ("root.key", 0o600), ("token.key", 0o600), ("token.pub", 0o644), ("audit.key", 0o600), ("audit.pub", 0o644),
        ("tls/server.key", 0o600), ("tls/server.crt", 0o644), ("link/ca.key", 0o600), ("link/ca.crt", 0o644),
        ("link/proxy.key", 0o600), ("link/proxy.crt", 0o644), ("link/keys.key", 0o600), ("link/keys.crt", 0o644),
        ("link/auth.key", 0o600), ("link/auth.crt", 0o644), ("clavero.db", 0o600),
    ]
    private static let names = files.map(\.0)
    /// The files that a server reads, including the database.
    private static let read = ["root.key", "token.key", "token.pub", "audit.key", "audit.pub", "clavero.db"]

    private let parent = try! TemporaryDirectory()
    private var path: String { "\(parent.path)/some/data" }
    private var data: DataDirectory { DataDirectory(path: path) }

    private static func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    /// Returns the files of the directory with their contents; empty if it does not exist.
    private func contents() -> [String: Data] { Self.contents(of: path) }

    /// Returns the files of a directory and of the folders in it, with their contents.
    static func contents(of path: String) -> [String: Data] {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
        return names.reduce(into: [:]) { contents, name in
            var isFolder = ObjCBool(false)
            _ = FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isFolder)
            if !isFolder.boolValue { contents[name] = FileManager.default.contents(atPath: "\(path)/\(name)") }
        }
    }

    private func write(_ text: String, to name: String, mode: Int = 0o600) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: "\(path)/\(name)")
    }

    /// Opens a file with the method that reads it.
    private func open(_ name: String) throws {
        switch name {
        case "root.key": _ = try data.rootKeys()
        case "token.key": _ = try data.tokenKeys(signs: true)
        case "token.pub": _ = try data.tokenKeys(signs: false)
        case "audit.key": _ = try data.auditKey()
        case "audit.pub": _ = try data.auditPublicKeys()
        default: _ = try data.store()
        }
    }

    private func expect(_ name: String, _ reason: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let error = #expect(throws: StartError.self, sourceLocation: sourceLocation) { try open(name) }
        #expect(error?.description == "\(path)/\(name): \(reason)", sourceLocation: sourceLocation)
    }

    @Test("A new data directory has all files, private except for public keys, and can be opened")
    func creation() async throws {
        try await data.create()
        for folder in ["", "/tls", "/link"] { #expect(try Self.mode(path + folder) == 0o700) }
        #expect(contents().keys.sorted() == Self.names.sorted())
        for (name, mode) in Self.files { #expect(try Self.mode("\(path)/\(name)") == mode, "\(name)") }
        for name in Self.read { try open(name) }
    }

    /// The program's own umask denies other users everything, so it must set the modes of the public files itself.
    @Test("create a data directory with claverod init with the same modes")
    func program() async throws {
        let claverod = Repository.programs.appending(path: "claverod").path
        #expect(try await Tool.run(claverod, ["init", path]).status == 0)
        for (name, mode) in Self.files { #expect(try Self.mode("\(path)/\(name)") == mode, "\(name)") }
    }

    @Test("For each key, a credential of the service is used instead of the directory's file")
    func credentials() async throws {
        try await data.create()
        let other = DataDirectory(path: "\(parent.path)/other")
        try await other.create()
        var served = data
        served.credentials = Credentials(environment: ["CREDENTIALS_DIRECTORY": other.path])
        #expect(try served.rootKeys().current.id == other.rootKeys().current.id)
        try FileManager.default.removeItem(atPath: data.file("audit.key"))
        #expect(try served.auditKey().publicKey == other.auditPublicKeys()[0])
        try FileManager.default.removeItem(atPath: other.file("root.key"))
        #expect(try served.rootKeys().current.id == data.rootKeys().current.id)
        try Data("none".utf8).write(to: URL(filePath: other.file("root.key")))
        let error = #expect(throws: StartError.self) { try served.rootKeys() }
        #expect(
            error?.description == "\(other.file("root.key")): not a key of 32 bytes in base64; restore it from a backup"
        )
    }

    @Test("Each data directory has keys of its own")
    func keys() async throws {
        try await data.create()
        let other = DataDirectory(path: "\(parent.path)/other")
        try await other.create()
        let files = [data.file("root.key"), data.file("token.key"), other.file("root.key"), other.file("token.key")]
        let keys = files.map { FileManager.default.contents(atPath: $0) }
        #expect(Set(keys).count == 4)
        #expect(keys.allSatisfy { $0?.count == 45 && $0?.last == UInt8(ascii: "\n") })
    }

    /// The bytes in `front` and then the seed are a PKCS #8 key (RFC 8410, section 7).
    @Test("The public key belongs to the token key, as openssl confirms")
    func pair() async throws {
        try await data.create()
        let text = String(decoding: try #require(contents()["token.key"]), as: UTF8.self).dropLast()
        let front: [UInt8] = [0x30, 0x2E, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x22, 4, 0x20]
        let secret = Data(front) + (try #require(Data(base64Encoded: String(text))))
        try secret.write(to: URL(filePath: "\(path)/token.der"))
        let arguments = ["openssl", "pkey", "-inform", "DER", "-in", "\(path)/token.der", "-pubout"]
        let result = try await Tool.run("/usr/bin/env", arguments)
        #expect(result.status == 0, "\(result.errors)")
        #expect(Data(result.output.utf8) == contents()["token.pub"])
    }

    @Test("A directory is not made over an existing file of it, and then nothing is changed", arguments: names)
    func refusal(_ name: String) async throws {
        let folder = URL(filePath: "\(path)/\(name)").deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        try write("mine", to: name, mode: 0o640)
        let error = await #expect(throws: StartError.self) { try await data.create() }
        #expect(error?.description == "\(path)/\(name): already exists; nothing was changed")
        #expect(contents() == [name: Data("mine".utf8)])
        #expect(try Self.mode(path) == 0o755)
        #expect(try Self.mode("\(path)/\(name)") == 0o640)
    }

    @Test("A directory is not made twice, and stays unchanged")
    func again() async throws {
        try await data.create()
        let before = contents()
        await #expect(throws: StartError.self) { try await data.create() }
        #expect(contents() == before)
    }

    @Test("A directory is not made in the place of a file")
    func file() async throws {
        let path = "\(parent.path)/file"
        try Data().write(to: URL(filePath: path))
        for place in [path, "\(path)/data"] {
            let error = await #expect(throws: StartError.self) { try await DataDirectory(path: place).create() }
            #expect(error?.description == "\(place): cannot be created: not a directory")
        }
    }

    @Test("A secret key that others can read is refused", arguments: ["root.key", "token.key", "audit.key"])
    func permissions(_ name: String) async throws {
        try await data.create()
        for mode in [0o660, 0o604, 0o620, 0o601, 0o644, 0o777] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: "\(path)/\(name)")
            let file = "\(path)/\(name)"
            expect(
                name, "other users have access to it; run: chmod 600 \(file), and replace it if they may have read it")
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: "\(path)/\(name)")
        try open(name)
    }

    @Test("A secret key file without a key is refused", arguments: ["root.key", "token.key", "audit.key"])
    func secret(_ name: String) async throws {
        try await data.create()
        let bytes = { (count: Int) in Data(repeating: 0xFB, count: count).base64EncodedString() }
        let good = bytes(32)
        let hexadecimal = String(repeating: "fb", count: 32)
        let broken = String(good.dropLast(2)) + "!="
        for text in [
            "", "\n", bytes(31), bytes(33), bytes(64), hexadecimal, broken, String(good.dropLast()), "\(good) x",
        ] {
            try write(text, to: name)
            expect(name, "not a key of 32 bytes in base64; restore it from a backup")
        }
        for text in [good, "\(good)\n", "\(good)\r\n"] {
            try write(text, to: name)
            guard name == "token.key" else {
                try open(name)
                continue
            }
            let error = #expect(throws: StartError.self) { try open(name) }
            #expect(
                error?.description
                    == "\(path)/token.pub: does not have the public key of token.key; copy both files from the machine where claverod rotate ran"
            )
        }
    }

    @Test("A directory may have several root keys, the current one first, and one key of each other kind")
    func several() async throws {
        try await data.create()
        let (first, second) = (try data.rootKeys().current.id, Data(repeating: 0xFB, count: 32).base64EncodedString())
        let old = String(decoding: try #require(contents()["root.key"]), as: UTF8.self)
        try write("\(second)\n\(old)", to: "root.key")
        #expect(try data.rootKeys().ids.last == first)
        #expect(try data.rootKeys().ids.count == 2)
        for name in ["token.key", "audit.key"] {
            try write("\(second)\n\(second)\n", to: name)
            expect(name, "contains more than one key")
        }
    }

    @Test("A public key file without a key is refused")
    func publicKey() async throws {
        try await data.create()
        let pem = String(decoding: try #require(contents()["token.pub"]), as: UTF8.self)
        let lines = pem.split(separator: "\n").map(String.init)
        let short = [lines[0], String(lines[1].dropLast(4)), lines[2]].joined(separator: "\n")
        let secret = pem.replacing("PUBLIC", with: "PRIVATE")
        for text in ["", lines[1], short, secret, pem + secret, pem + "\n" + pem, String(pem.dropFirst())] {
            try write(text, to: "token.pub", mode: 0o644)
            expect("token.pub", "not an Ed25519 public key in PEM")
        }
        try write(pem + pem, to: "token.pub", mode: 0o644)
        #expect(try data.tokenKeys(signs: false).published.count == 2)
    }

    @Test("A directory in place of a file gets another error than a missing file")
    func missing() async throws {
        try await data.create()
        for name in Self.read.dropLast() {
            try FileManager.default.removeItem(atPath: "\(path)/\(name)")
            expect(name, "no such file; create a data directory with claverod init")
            try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: false)
            expect(name, "cannot be read: not a file")
        }
        try FileManager.default.removeItem(atPath: "\(path)/clavero.db")
        expect("clavero.db", "no such file, or it was moved or replaced while in use")
    }
}

extension DataDirectory {
    /// Makes the data directory, with a certificate for this machine.
    fileprivate func create() async throws {
        try await NewSite(directory: self, names: ["localhost"]).create()
    }
}

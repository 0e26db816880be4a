import Daemon
import Foundation
import Input
import Seal
import Signing
import TestKit
import Testing

@testable import Server

@Suite("The rotation of the token key")
struct TokenKeyRotationTests {
    private let parent = try! TemporaryDirectory()
    private var data: DataDirectory {
        DataDirectory(path: "\(parent.path)/data", credentials: Credentials(environment: [:]))
    }

    private func make() async throws -> VerifyingKey {
        try await NewSite(directory: data, names: ["localhost"]).create()
        return try data.tokenKeys(signs: false).published[0]
    }

    private var published: [VerifyingKey] { get throws { try data.tokenKeys(signs: true).published } }
    private var signing: VerifyingKey? { get throws { try data.tokenKeys(signs: true).signing?.publicKey } }

    @Test("The new key comes before the last one, and older ones are removed")
    func rotate() async throws {
        let first = try await make()
        let second = try TokenKeyRotation(data).rotate()
        #expect(try published == [second, first] && signing == second)
        let third = try TokenKeyRotation(data).rotate()
        #expect(try published == [third, second] && signing == third)
        #expect(Set([first, second, third].map(\.id)).count == 3)
        for (name, mode) in [("token.key", 0o600), ("token.pub", 0o644)] {
            let attributes = try FileManager.default.attributesOfItem(atPath: data.file(name))
            #expect(attributes[.posixPermissions] as? Int == mode)
        }
    }

    @Test("A rotation that ends between its files leaves working keys, and the next keeps the signing key")
    func interrupted() async throws {
        let first = try await make()
        let second = try TokenKeyRotation(data).rotate()
        let unused = SigningKey().publicKey
        let text = unused.pem + second.pem
        try text.write(toFile: data.file("token.pub"), atomically: false, encoding: .utf8)
        #expect(try published == [unused, second] && signing == second)
        let third = try TokenKeyRotation(data).rotate()
        #expect(try published == [third, second] && signing == third)
        #expect(try !published.contains(first))
    }

    @Test("Withdrawing keeps the signing key, wherever it is in the file")
    func withdraw() async throws {
        let first = try await make()
        #expect(try TokenKeyRotation(data).withdraw() == [])
        let second = try TokenKeyRotation(data).rotate()
        #expect(try TokenKeyRotation(data).withdraw() == [first])
        #expect(try published == [second] && signing == second)
        let unused = SigningKey().publicKey
        let text = unused.pem + second.pem
        try text.write(toFile: data.file("token.pub"), atomically: false, encoding: .utf8)
        #expect(try TokenKeyRotation(data).withdraw() == [unused])
        #expect(try published == [second] && signing == second)
    }

    @Test("A key from a credential is not changed, and neither are the published keys")
    func credential() async throws {
        let first = try await make()
        let served = "\(parent.path)/served"
        try FileManager.default.createDirectory(atPath: served, withIntermediateDirectories: false)
        try FileManager.default.copyItem(atPath: data.file("token.key"), toPath: "\(served)/token.key")
        var directory = data
        directory.credentials = Credentials(environment: ["CREDENTIALS_DIRECTORY": served])
        let error = #expect(throws: StartError.self) { try TokenKeyRotation(directory).rotate() }
        #expect(
            error?.description == "\(served)/token.key: a credential, which must be changed at its source")
        #expect(try published == [first] && signing == first)
    }
}

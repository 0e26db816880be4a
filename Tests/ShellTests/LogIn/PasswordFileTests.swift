import Foundation
import TestKit
import Testing

@testable import Shell

@Suite("Password files")
struct PasswordFileTests {
    @Test("A file that others can read or write is refused")
    func permissions() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/password"
        try Data("correct horse\nmore\n".utf8).write(to: URL(filePath: path))
        let set = { (mode: Int) in try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }
        try set(0o644)
        #expect(throws: ExitError.self) { try PasswordFile.password(path) }
        try set(0o620)
        #expect(throws: ExitError.self) { try PasswordFile.password(path) }
        try set(0o600)
        #expect(try PasswordFile.password(path) == Array("correct horse".utf8))
        try Data("\nx".utf8).write(to: URL(filePath: path))
        try set(0o600)
        #expect(throws: ExitError.self) { try PasswordFile.password(path) }
        #expect(throws: ExitError.self) { try PasswordFile.password("\(path)/none") }
    }
}

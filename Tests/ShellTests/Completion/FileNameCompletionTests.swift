import Foundation
import TestKit
import Testing

@testable import Shell

@Suite("Completions of file names")
struct FileNameCompletionTests {
    @Test("The files of a directory are listed in order")
    func directory() throws {
        let directory = try TemporaryDirectory()
        for name in ["one", "other file", ".hidden"] {
            try Data().write(to: URL(filePath: "\(directory.path)/\(name)"))
        }
        try FileManager.default.createDirectory(atPath: "\(directory.path)/odd", withIntermediateDirectories: false)
        let found = { (name: String) in
            FileNameCompletion.paths(beginningWith: "\(directory.path)/\(name)").map {
                $0.dropFirst(directory.path.count + 1)
            }
        }
        #expect(found("o") == ["odd/", "one", "other file"])
        #expect(found("") == ["odd/", "one", "other file"])
        #expect(found(".") == [".hidden"])
        #expect(found("x") == [])
        #expect(FileNameCompletion.paths(beginningWith: "/no/such/directory/") == [])
    }
}

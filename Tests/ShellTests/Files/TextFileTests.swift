import Foundation
import Glibc
import TestKit
import Testing

@testable import Shell

@Suite("Files of text")
struct TextFileTests {
    private let directory = try! TemporaryDirectory()

    private func lines(of bytes: [UInt8]) throws -> [String] {
        let path = "\(directory.path)/text"
        try Data(bytes).write(to: URL(filePath: path))
        return try TextFile.lines(path).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(
        "Line ends of both kinds, a byte order mark and a missing last line end make no difference",
        arguments: [
            ("", []), ("\n", [""]), ("a", ["a"]), ("a\nb\n", ["a", "b"]), ("a\r\nb\r\n", ["a", "b"]),
            ("\u{FEFF}a\n\nb", ["a", "", "b"]),
        ])
    func text(_ text: String, _ expected: [String]) throws {
        #expect(try lines(of: Array(text.utf8)) == expected)
    }

    @Test("What is no text is refused as a whole")
    func binary() throws {
        for bytes: [UInt8] in [[0x61, 0x0A, 0xFF, 0x0A], [0x61, 0x00]] {
            let error = #expect(throws: ExitError.self) { try lines(of: bytes) }
            #expect(error?.message.hasSuffix("/text: not a text in UTF-8") == true)
        }
        let error = #expect(throws: ExitError.self) {
            try lines(of: [UInt8](repeating: 0x61, count: FileIO.maximumSize + 1))
        }
        #expect(error?.message.hasSuffix("/text: larger than 1 MiB") == true)
    }

    @Test("Neither a directory nor a pipe nor a device is read or waited for")
    func others() throws {
        let pipe = "\(directory.path)/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        for (path, reason) in [
            (directory.path, "Is a directory"), (pipe, "not a regular file"), ("/dev/zero", "not a regular file"),
            ("\(directory.path)/none", "No such file or directory"),
        ] {
            let error = #expect(throws: ExitError.self) { try TextFile.lines(path) }
            #expect(error?.message == "\(path): \(reason)")
        }
    }

    @Test("A symbolic link is followed only where that is wanted")
    func links() throws {
        #expect(try lines(of: [0x61]) == ["a"])
        let link = "\(directory.path)/link"
        #expect(symlink("text", link) == 0)
        #expect(try TextFile.lines(link) == [[0x61]])
        #expect(throws: ExitError.self) { try TextFile.lines(link, followsLinks: false) }
    }
}

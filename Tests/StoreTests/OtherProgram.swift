import Foundation
import Testing

/// Python's sqlite3 with a database open, as a second process and a second opinion.
final class OtherProgram {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    /// Every line that is asked is Python, with `db` the open database, and answers with one line.
    init(_ path: String) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", "-c",
            """
            import sqlite3, sys
            db = sqlite3.connect(sys.argv[1], isolation_level=None)
            for line in sys.stdin: print(repr(eval(line)), flush=True)
            """, path,
        ]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    func ask(_ expression: String) throws -> String {
        try input.fileHandleForWriting.write(contentsOf: Data((expression + "\n").utf8))
        var line: [UInt8] = []
        while let octet = try output.fileHandleForReading.read(upToCount: 1)?.first, octet != UInt8(ascii: "\n") {
            line.append(octet)
        }
        return String(decoding: line, as: UTF8.self)
    }

    /// The first column of the first row.
    func value(_ sql: String) throws -> String {
        try ask("db.execute(\"\(sql)\").fetchone()[0]")
    }

    func end() throws {
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}

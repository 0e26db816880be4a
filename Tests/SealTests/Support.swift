import Foundation
import TestKit

/// Returns the bytes of a text in hexadecimal.
func hex(_ text: some StringProtocol) -> [UInt8] {
    let digits = Array(text).map { UInt8(String($0), radix: 16)! }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// Returns the bytes in hexadecimal.
func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

extension [UInt8] {
    /// Returns these bytes with one bit of the byte at `place` changed.
    func flipped(at place: Int) -> [UInt8] {
        var copy = self
        copy[place] ^= 1 << (place % 8)
        return copy
    }
}

/// A program that failed, and its error output.
struct ProgramFailure: Error, CustomStringConvertible {
    let description: String
}

/// Runs a program to its end and returns its standard output. It throws unless the program exits with 0.
func run(_ program: String, _ arguments: [String]) throws -> String {
    let result = try Tool.runBlocking("/usr/bin/env", [program] + arguments)
    guard result.status == 0 else {
        throw ProgramFailure(description: "\(program) exited with \(result.status): \(result.errors)")
    }
    return result.output.trimmingCharacters(in: .newlines)
}

/// Runs a script in Debian's Python, with its packages python3-jwt and python3-cryptography.
func python(_ script: String, _ arguments: String...) throws -> String {
    let imports = """
        import sys
        try:
            import jwt, cryptography
        except ImportError as error:
            sys.exit(f"{error}: these tests need the packages python3-jwt and python3-cryptography")

        """
    return try run("/usr/bin/python3", ["-c", imports + script] + arguments)
}

/// Lends a folder, which is removed afterwards.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

import Glibc
import POSIX

/// The reason why a load could not be run to its end, in one line.
struct LoadError: Error, CustomStringConvertible, Equatable {
    let description: String

    init(_ description: String) { self.description = description }

    /// Returns the error for a failed system call, with the text of `errno`.
    static func system(_ what: String) -> LoadError { LoadError("\(what): \(SystemError.text())") }

    /// Returns the error for a reply other than the expected one.
    static func unexpected(_ bytes: UnsafeRawBufferPointer, instead expected: [UInt8]) -> LoadError {
        LoadError("expected \"\(shown(expected[...]))\", got \"\(shown(bytes.prefix(160)))\"")
    }

    /// Returns the bytes as text. All bytes except printable ASCII are escaped.
    static func shown(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { 0x20..<0x7F ~= $0 ? String(UnicodeScalar($0)) : "\\x\(String($0, radix: 16))" }.joined()
    }
}

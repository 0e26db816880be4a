import Glibc
import POSIX

/// Why a load could not be run to its end, in one line.
struct LoadError: Error, CustomStringConvertible, Equatable {
    let description: String

    init(_ description: String) { self.description = description }

    /// A system call that failed, by `errno`.
    static func system(_ what: String) -> LoadError { LoadError("\(what): \(SystemError.text())") }

    /// A reply other than the expected one.
    static func unexpected(_ octets: UnsafeRawBufferPointer, instead expected: [UInt8]) -> LoadError {
        LoadError("expected \"\(shown(expected[...]))\", got \"\(shown(octets.prefix(160)))\"")
    }

    /// Octets with everything but printable ASCII escaped.
    static func shown(_ octets: some Sequence<UInt8>) -> String {
        octets.map { 0x20..<0x7F ~= $0 ? String(UnicodeScalar($0)) : "\\x\(String($0, radix: 16))" }.joined()
    }
}

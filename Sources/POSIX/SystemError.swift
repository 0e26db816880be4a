import Glibc

/// An error number of the system.
package struct SystemError: Error, CustomStringConvertible {
    package let number: Int32

    package init(_ number: Int32 = errno) { self.number = number }

    package var description: String { Self.text(number) }

    /// Returns the system's own text, such as "No such file or directory".
    package static func text(_ number: Int32 = errno) -> String { String(cString: strerror(number)) }

    /// Returns the same text in lower case, for use within a line.
    package static func phrase(_ number: Int32 = errno) -> String { text(number).lowercased() }
}

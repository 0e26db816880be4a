import Glibc

/// The texts of the system's error numbers.
package enum SystemError {
    /// Returns the system's own text, such as "No such file or directory".
    package static func text(_ number: Int32 = errno) -> String { String(cString: strerror(number)) }

    /// Returns the same text in small letters, for the middle of a line.
    package static func phrase(_ number: Int32 = errno) -> String { text(number).lowercased() }
}

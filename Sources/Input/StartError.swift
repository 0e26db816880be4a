import Glibc

/// The reason why a daemon cannot start. It is one line that names the cause.
package struct StartError: Error, CustomStringConvertible {
    package let description: String
    /// The exit status of the program, as sysexits.h defines it; 1 for a reason without a number of its own.
    package let status: Int32

    package init(_ description: String, status: Int32 = EXIT_FAILURE) {
        self.description = description
        self.status = status
    }
}

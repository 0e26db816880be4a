import Glibc
import Input
import POSIX

/// A file whose first line is a password.
enum PasswordFile {
    /// Returns the first line of the file.
    ///
    /// - Throws: an `ExitError`, also if other users can read or write the file.
    static func password(_ path: String) throws(ExitError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw failure(path, SystemError.text()) }
        defer { close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & 0o077 == 0 else {
            throw failure(path, "others can read it; chmod 600 makes it yours alone")
        }
        guard let bytes = FileIO.readText(descriptor) else { throw failure(path, SystemError.text()) }
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        guard !line.isEmpty else { throw failure(path, "its first line is empty") }
        return Array(line)
    }

    private static func failure(_ path: String, _ reason: String) -> ExitError {
        ExitError(message: TerminalText.escaped("\(path): \(reason)"), status: .input)
    }
}

import Glibc
import Input
import POSIX

/// A text that a person has written into a file. All of the file is checked before any of it is used.
enum TextFile {
    /// Returns the lines of a file without their line ends and without a byte order mark.
    ///
    /// - Parameter followsLinks: whether the path may name a symbolic link.
    /// - Throws: an `ExitError` if the path names something else than a file, such as a pipe that would be waited for,
    /// or if the file is too large or is no text.
    static func lines(_ path: String, followsLinks: Bool = true) throws(ExitError) -> [[UInt8]] {
        let flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (followsLinks ? 0 : O_NOFOLLOW)
        let descriptor = open(Environment.expandedPath(path), flags)
        guard descriptor >= 0 else { throw failure(path, SystemError.text()) }
        defer { close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw failure(path, SystemError.text()) }
        guard information.st_mode & S_IFMT != S_IFDIR else { throw failure(path, SystemError.text(EISDIR)) }
        guard information.st_mode & S_IFMT == S_IFREG else { throw failure(path, "not a regular file") }
        guard let bytes = FileIO.readText(descriptor) else {
            let limit = "larger than \(FileIO.maximumSize >> 20) MiB"
            throw failure(path, errno == EFBIG ? limit : SystemError.text())
        }
        guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else {
            throw failure(path, "not a text in UTF-8")
        }
        guard !bytes.isEmpty else { return [] }
        return bytes.lines.map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
    }

    private static func failure(_ path: String, _ reason: String) -> ExitError {
        ExitError(message: TerminalText.escaped("\(path): \(reason)"), status: .input)
    }
}

import Glibc
import Input
import POSIX

/// Reads the text of a settings file. The file is opened once, so the file that is checked is the file that is read.
enum SettingsFile {
    /// The bytes that such a file may have.
    static let limit = 64 * 1024

    /// Returns the file's text, without a byte order mark.
    ///
    /// - Throws: `SettingsError`, which names the file, if it is not a regular file of text, if users other than its
    ///   owner and its group may write to it, or if it changes while it is read.
    static func read(_ path: String) throws(SettingsError) -> String {
        guard !path.isEmpty else { throw SettingsError("--config needs the name of a file", .usage) }
        // Without O_NONBLOCK, opening a FIFO would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else { throw unopened(path, errno) }
        defer { close(descriptor) }
        let before = try status(descriptor, path)
        try check(before, path)
        let bytes = try contents(descriptor, path)
        let after = try status(descriptor, path)
        guard Stamp(before) == Stamp(after), bytes.count == Int(after.st_size) else {
            throw SettingsError("\(path): was changed while it was read; try again", .temporary)
        }
        return try text(bytes.dropFirst(ByteOrderMark.count(at: bytes)), path)
    }

    private static func unopened(_ path: String, _ error: Int32) -> SettingsError {
        switch error {
        case ENOENT, ENOTDIR: SettingsError("\(path): no such file; name the file with --config", .input)
        case EACCES, EPERM:
            SettingsError("\(path): cannot be read by this user; set its mode to 644", .permission)
        default: SettingsError("\(path): \(SystemError.phrase(error))", .input)
        }
    }

    private static func status(_ descriptor: Int32, _ path: String) throws(SettingsError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw SettingsError("\(path): \(SystemError.phrase())", .transfer)
        }
        return status
    }

    /// Checks the kind of the file and who may write to it. Whoever writes to it decides which programs the daemon
    /// starts, so a process of root takes a file of root only.
    private static func check(_ status: stat, _ path: String) throws(SettingsError) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw SettingsError("\(path): a directory; name the file in it", .input)
        default: throw SettingsError("\(path): not a regular file", .input)
        }
        guard status.st_mode & S_IWOTH == 0 else {
            throw SettingsError("\(path): every user can write to it; set its mode to 644", .permission)
        }
        guard geteuid() != 0 || status.st_uid == 0 else {
            throw SettingsError(
                "\(path): belongs to another user than root; run: chown root \(ShellWord.quoted(path))",
                .permission)
        }
    }

    private static func contents(_ descriptor: Int32, _ path: String) throws(SettingsError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        guard let count = bytes.withUnsafeMutableBytes({ SystemFile.fill($0, from: descriptor) }) else {
            throw SettingsError("\(path): \(SystemError.phrase())", .transfer)
        }
        guard count <= limit else { throw SettingsError("\(path): larger than 64 KiB, so it is no settings file") }
        return Array(bytes[..<count])
    }

    private static func text(_ bytes: ArraySlice<UInt8>, _ path: String) throws(SettingsError) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let number = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
        throw SettingsError("\(path):\(number + 1): not UTF-8; save the file as UTF-8")
    }

    /// The parts of a file's status that a write changes.
    private struct Stamp: Equatable {
        let size: off_t
        let seconds: (modified: Int, changed: Int)
        let nanoseconds: (modified: Int, changed: Int)

        init(_ status: stat) {
            size = status.st_size
            seconds = (status.st_mtim.tv_sec, status.st_ctim.tv_sec)
            nanoseconds = (status.st_mtim.tv_nsec, status.st_ctim.tv_nsec)
        }

        static func == (left: Stamp, right: Stamp) -> Bool {
            left.size == right.size && left.seconds == right.seconds && left.nanoseconds == right.nanoseconds
        }
    }
}

import Glibc

/// A small file of lines that several processes append to. Only its owner can read it.
struct SharedLineFile {
    let path: String

    /// Creates the file and its directories if they are missing. Returns nil if that fails.
    init?(path: String) {
        self.path = path
        var directory = ""
        for part in path.split(separator: "/").dropLast() {
            directory += "/\(part)"
            mkdir(directory, 0o700)
        }
        guard withFile(O_WRONLY | O_CREAT, { fchmod($0, 0o600) == 0 }) == true else { return nil }
    }

    /// The lines of the file, or the last lines of a very long file.
    var lines: [String] {
        (withFile(O_RDONLY) { Self.lastLines($0).lines } ?? []).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Appends a whole line after the lines of other processes. Returns false if that fails.
    @discardableResult
    func append(_ line: String) -> Bool {
        withFile(O_RDWR | O_APPEND) { descriptor in
            let start = Self.lacksLineEnd(descriptor) ? "\n" : ""
            return FileIO.write("\(start)\(line)\n".utf8, to: descriptor)
        } ?? false
    }

    /// Returns whether the last line lacks its line end, which an edit or an interrupted write may cause.
    private static func lacksLineEnd(_ descriptor: Int32) -> Bool {
        let newline = UInt8(ascii: "\n")
        var last = newline
        let end = lseek(descriptor, 0, SEEK_END)
        return end > 0 && pread(descriptor, &last, 1, end - 1) == 1 && last != newline
    }

    /// Shortens the file to its last `count` lines if it has more than twice as many, or is very long. The file is
    /// locked meanwhile.
    func shorten(to count: Int) {
        _ = withFile(O_RDWR) { descriptor in
            let (lines, isWhole) = Self.lastLines(descriptor)
            guard lines.count > 2 * count || !isWhole, lseek(descriptor, 0, SEEK_SET) == 0 else { return }
            let last = lines.suffix(count).flatMap { $0 + [UInt8(ascii: "\n")] }
            // The lines are written before the file is truncated, so that a crash between the two loses nothing.
            if FileIO.write(last, to: descriptor) { ftruncate(descriptor, last.count) }
        }
    }

    /// Returns the whole lines in the last `FileIO.maximumSize` bytes, and whether they are all lines of the file.
    private static func lastLines(_ descriptor: Int32) -> (lines: [ArraySlice<UInt8>], isWhole: Bool) {
        let newline = UInt8(ascii: "\n")
        let start = max(0, lseek(descriptor, 0, SEEK_END) - FileIO.maximumSize)
        lseek(descriptor, start, SEEK_SET)
        var bytes = (start > 0 ? FileIO.read(descriptor)?[...] : FileIO.readText(descriptor)) ?? []
        if start > 0 { bytes = bytes.drop { $0 != newline } }
        return (bytes.split(separator: newline), start == 0)
    }

    /// Runs `body` with the file open and locked. Returns nil if the file cannot be opened.
    private func withFile<Result>(_ flags: Int32, _ body: (Int32) -> Result) -> Result? {
        let descriptor = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return nil }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { return nil }
        }
        return body(descriptor)
    }
}

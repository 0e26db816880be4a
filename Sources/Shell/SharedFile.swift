import Glibc

/// A small file of lines that several processes add to, and that nobody but its owner reads.
struct SharedFile {
    let path: String

    /// Makes the file, and the directories that it needs; nil when it cannot be had.
    init?(path: String) {
        self.path = path
        var directory = ""
        for part in path.split(separator: "/").dropLast() {
            directory += "/\(part)"
            mkdir(directory, 0o700)
        }
        guard withFile(O_WRONLY | O_CREAT, { fchmod($0, 0o600) == 0 }) == true else { return nil }
    }

    /// Its lines; of a very long file the last.
    var lines: [String] {
        (withFile(O_RDONLY) { Self.lastLines($0).lines } ?? []).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Appends a line, whole, behind whatever others have appended; false when that fails.
    @discardableResult
    func append(_ line: String) -> Bool {
        withFile(O_RDWR | O_APPEND) { descriptor in
            let start = Self.endsInLine(descriptor) ? "\n" : ""
            return Files.write("\(start)\(line)\n".utf8, to: descriptor)
        } ?? false
    }

    /// Whether the last line has no end: somebody edited it, or was stopped while it was written.
    private static func endsInLine(_ descriptor: Int32) -> Bool {
        let newline = UInt8(ascii: "\n")
        var last = newline
        let end = lseek(descriptor, 0, SEEK_END)
        return end > 0 && pread(descriptor, &last, 1, end - 1) == 1 && last != newline
    }

    /// Shortens the file to its last `count` lines, if it has twice as many, or is very long. Nobody appends meanwhile.
    func shorten(to count: Int) {
        _ = withFile(O_RDWR) { descriptor in
            let (lines, isWhole) = Self.lastLines(descriptor)
            guard lines.count > 2 * count || !isWhole, lseek(descriptor, 0, SEEK_SET) == 0 else { return }
            let last = lines.suffix(count).flatMap { $0 + [UInt8(ascii: "\n")] }
            // Written first, so that an end in the middle loses nothing.
            if Files.write(last, to: descriptor) { ftruncate(descriptor, last.count) }
        }
    }

    /// As many whole lines of the file's end as are read at once, and whether they are all.
    private static func lastLines(_ descriptor: Int32) -> (lines: [ArraySlice<UInt8>], isWhole: Bool) {
        let newline = UInt8(ascii: "\n")
        let start = max(0, lseek(descriptor, 0, SEEK_END) - Files.longest)
        lseek(descriptor, start, SEEK_SET)
        var octets = (start > 0 ? Files.read(descriptor)?[...] : Files.text(descriptor)) ?? []
        if start > 0 { octets = octets.drop { $0 != newline } }
        return (octets.split(separator: newline), start == 0)
    }

    /// Runs `body` with the file open and to itself; nil when the file cannot be opened.
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

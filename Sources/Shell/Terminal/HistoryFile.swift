import Glibc

/// A file of lines that several processes append to, and that nobody but its owner reads.
struct HistoryFile {
    private let path: String

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

    /// The last lines, at most `count`.
    func lines(_ count: Int) -> [String] {
        let octets = withFile(O_RDONLY) { descriptor in Self.read(descriptor) } ?? []
        return octets.split(separator: UInt8(ascii: "\n")).suffix(count).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Appends a line, whole, behind whatever others have appended.
    func append(_ line: String) {
        _ = withFile(O_WRONLY | O_APPEND) { descriptor in Self.write(Array("\(line)\n".utf8), descriptor) }
    }

    /// Shortens the file to its last `count` lines, if it has twice as many. Nobody appends meanwhile.
    func shorten(to count: Int) {
        _ = withFile(O_RDWR) { descriptor in
            let lines = Self.read(descriptor).split(separator: UInt8(ascii: "\n"))
            guard lines.count > 2 * count, lseek(descriptor, 0, SEEK_SET) == 0, ftruncate(descriptor, 0) == 0 else {
                return
            }
            Self.write(lines.suffix(count).flatMap { $0 + [UInt8(ascii: "\n")] }, descriptor)
        }
    }

    /// Runs `body` with the file open and to itself; nil when the file cannot be opened.
    private func withFile<Result>(_ flags: Int32, _ body: (Int32) -> Result) -> Result? {
        let descriptor = open(path, flags | O_CLOEXEC | O_NOCTTY, 0o600)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { return nil }
        }
        return body(descriptor)
    }

    private static func read(_ descriptor: Int32) -> [UInt8] {
        var octets: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &part, part.count)
            guard count > 0 else { return octets }
            octets += part[..<count]
        }
    }

    private static func write(_ octets: [UInt8], _ descriptor: Int32) {
        var rest = octets[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { return }
            rest = rest.dropFirst(max(0, count))
        }
    }
}

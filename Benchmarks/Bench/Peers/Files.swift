import Glibc

/// Reading and writing of small files as text.
enum TextFile {
    static func read(_ path: String) throws(LoadError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(path) }
        defer { close(descriptor) }
        return String(decoding: readToEnd(descriptor), as: UTF8.self)
    }

    static func write(_ text: String, to path: String, mode: mode_t = 0o600) throws(LoadError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .system(path) }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw .system(path) }
            rest = rest.dropFirst(count)
        }
    }

    static func readToEnd(_ descriptor: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &part, part.count)
            guard count > 0 else { return bytes }
            bytes += part[..<count]
        }
    }
}

/// A directory that is removed when the value is released, and at every other end of the harness.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws(LoadError) {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/clavero-bench.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw .system(parent) }
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    deinit { remove() }

    /// Removes the directory. It tries again if another process wrote into it in the meantime.
    func remove() {
        for _ in 0..<20 where access(path, F_OK) == 0 { _ = try? Tool.run("/bin/rm", ["-rf", path]) }
    }
}

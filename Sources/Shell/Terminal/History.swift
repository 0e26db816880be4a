@preconcurrency import CReadline
import Glibc
import NIOCore
import Wire

/// The lines that were typed, kept from one run to the next; never one with a secret on it.
struct History {
    private static let maximumLines: Int32 = 1000
    /// nil when there is no place to keep it.
    private let path: String?

    init(path: String? = Environment.stateDirectory.map { "\($0)/history" }) {
        self.path = path.flatMap { Self.makeFile($0) ? $0 : nil }
        using_history()
        stifle_history(Self.maximumLines)
        if let path = self.path { read_history(path) }
    }

    func add(_ line: [UInt8], _ manifest: Manifest) {
        guard Self.keeps(line, manifest), let text = String(validating: line, as: UTF8.self) else { return }
        add_history(text)
        if let path { append_history(1, path) }
    }

    /// Shortens the file to what a next run would read.
    func close() {
        if let path { history_truncate_file(path, Self.maximumLines) }
    }

    /// Whether a line may be kept. One whose verb takes a secret is, only if it can be read and holds none; one that
    /// begins with a space is not, since that is how a person asks for it.
    static func keeps(_ line: [UInt8], _ manifest: Manifest) -> Bool {
        guard let first = line.first, first != UInt8(ascii: " ") else { return false }
        let frame = Frame(head: ByteBuffer(bytes: line))
        guard let spec = frame.verb.flatMap({ manifest[$0]?.spec }) else { return true }
        guard spec.forms.joined().contains(where: { $0.type == .secret }) else { return true }
        guard let request = try? Request(frame, for: spec, words: Limits.session.words) else { return false }
        return zip(request.parameters, request.values).allSatisfy { $0.type != .secret || $1 == nil }
    }

    /// Makes the file, and the directories that it needs, for nobody but their owner; false when it cannot be had.
    private static func makeFile(_ path: String) -> Bool {
        var directory = ""
        for part in path.split(separator: "/").dropLast() {
            directory += "/\(part)"
            mkdir(directory, 0o700)
        }
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0o600)
        guard file >= 0 else { return false }
        defer { Glibc.close(file) }
        return fchmod(file, 0o600) == 0
    }
}

@preconcurrency import CReadline
import Glibc
import NIOCore
import Wire

/// The lines that were typed, kept from one run to the next; never one with a secret on it.
///
/// Shells that run at once share one file: each appends its own lines, and none rewrites what another may be appending.
struct History {
    private static let maximumLines: Int32 = 1000
    /// nil when there is no place to keep it.
    private let file: SharedFile?

    init(path: String? = Environment.stateDirectory.map { "\($0)/history" }) {
        file = path.flatMap { SharedFile(path: $0) }
        using_history()
        stifle_history(Self.maximumLines)
        for line in file?.lines.suffix(Int(Self.maximumLines)) ?? [] { add_history(line) }
    }

    func add(_ line: [UInt8], _ manifest: Manifest) {
        guard Self.keeps(line, manifest), let text = String(validating: line, as: UTF8.self) else { return }
        add_history(text)
        file?.append(text)
    }

    /// Shortens the file to what a next run would read, if it has become much longer.
    func close() {
        file?.shorten(to: Int(Self.maximumLines))
    }

    /// Whether a line may be kept. One whose verb takes a secret is, only if it can be read and holds none; one whose
    /// verb nobody knows, only if it is a mistyped verb and nothing else. One that begins with a space is not,
    /// since that is how a person asks for it.
    static func keeps(_ line: [UInt8], _ manifest: Manifest) -> Bool {
        guard let first = line.first, first != UInt8(ascii: " ") else { return false }
        if ShellCommand(line) != nil || Question(line) != nil { return true }
        let frame = Frame(head: ByteBuffer(bytes: line))
        guard let spec = frame.verb.flatMap({ manifest[$0]?.spec }) else {
            return NearestVerb.of(String(decoding: line, as: UTF8.self), in: manifest) != nil
        }
        guard spec.takesSecret else { return true }
        let request = ShellLine(line, for: spec).request
        guard
            let request = try? Request(
                Frame(head: ByteBuffer(bytes: request)), for: Manifest.Entry(spec), words: Limits.session.words)
        else { return false }
        return zip(request.parameters, request.values).allSatisfy { $0.type != .secret || $1 == nil }
    }
}

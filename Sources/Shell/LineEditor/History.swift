@preconcurrency import CReadline
import Glibc
import NIOCore
import Wire

/// The lines that were typed, which are kept from one run to the next. Lines with a secret are left out.
///
/// Shells that run at the same time share one file. Each appends its own lines, and none rewrites the file while
/// another appends.
struct History {
    private static let maximumLines: Int32 = 1000
    /// The file of the history; nil if there is no state directory.
    private let file: SharedLineFile?

    init(path: String? = Environment.stateDirectory.map { "\($0)/history" }) {
        file = path.flatMap { SharedLineFile(path: $0) }
        using_history()
        stifle_history(Self.maximumLines)
        for line in file?.lines.suffix(Int(Self.maximumLines)) ?? [] { add_history(line) }
    }

    func add(_ line: [UInt8], _ manifest: Manifest) {
        guard Self.shouldKeep(line, manifest), let text = String(validating: line, as: UTF8.self) else { return }
        add_history(text)
        file?.append(text)
    }

    /// Shortens a file that has become much longer than the next run would read.
    func close() {
        file?.shorten(to: Int(Self.maximumLines))
    }

    /// Returns whether the history may keep a line. It keeps none that begins with a space, which is how a user
    /// excludes one.
    ///
    /// A line whose verb takes a secret is kept if it can be parsed and holds none. A line with an unknown verb is
    /// kept if it is a mistyped verb and nothing else.
    static func shouldKeep(_ line: [UInt8], _ manifest: Manifest) -> Bool {
        guard let first = line.first, first != UInt8(ascii: " ") else { return false }
        if let command = MetaCommand(line) { return command.isKept(manifest) }
        if let question = HelpQuestion(line) {
            return question.word.map { Verb($0.utf8).flatMap { manifest[$0] } != nil } ?? true
        }
        let frame = RequestLine(head: ByteBuffer(bytes: line))
        guard let spec = frame.verb.flatMap({ manifest[$0]?.spec }) else {
            return VerbSuggestion.suggestion(for: String(decoding: line, as: UTF8.self), in: manifest) != nil
        }
        guard spec.takesSecret else { return true }
        let request = RedirectedRequest(line, for: spec).request
        guard
            let request = try? Request(
                RequestLine(head: ByteBuffer(bytes: request)), for: Manifest.Entry(spec), words: Limits.session.words)
        else { return false }
        return zip(request.parameters, request.values).allSatisfy { $0.type != .secret || $1 == nil }
    }
}

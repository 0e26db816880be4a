import NIOCore

/// Reads dot-stuffed text up to the line that is a single dot (RFC 5321, 4.5.2).
///
/// Only the session's own line end counts: where two readers could disagree on the end of a text, it is refused.
struct TextReader {
    /// Lines that are read at once.
    private static let share = 4096

    private let endsInCRLF: Bool
    /// Whether it stopped to let others have their turn.
    private(set) var isPaused = false
    private var text = ByteBuffer()
    /// Octets of the text that were taken before its end, and whether they are UTF-8.
    private var taken = (count: 0, isUTF8: true)
    private var isEmpty = true
    private var failure: Failure?
    /// Whether the line being read has lost its beginning: too long to be kept, it cannot be the end.
    private var isMidLine = false

    init(endsInCRLF: Bool) {
        self.endsInCRLF = endsInCRLF
    }

    /// Octets of the text so far, without those that were taken.
    var size: Int { text.readableBytes }

    /// Whether the text cannot be taken, whatever is still to come.
    var hasFailed: Bool { failure != nil || !taken.isUTF8 }

    /// Takes what there is of the text. It ends where a line does.
    mutating func take() -> ByteBuffer {
        defer { text = ByteBuffer() }
        taken = (taken.count + text.readableBytes, taken.isUTF8 && text.isUTF8)
        return text
    }

    mutating func refuse(_ failure: Failure) {
        self.failure = self.failure ?? failure
        text = ByteBuffer()
    }

    /// The text when its end has come; nil until then, and when `share` lines were read, after which it goes on.
    mutating func next(_ buffer: inout ByteBuffer, _ lines: inout LineReader, limit: Int) -> Framer.Event? {
        var count = 0
        isPaused = false
        while let line = lines.next(&buffer) {
            guard line.endsInCRLF == endsInCRLF else { return .failed(.mixedLineEnds, isFatal: true) }
            if isMidLine {
                isMidLine = false
            } else if line.octets.readableBytesView.elementsEqual(CollectionOfOne(UInt8(ascii: "."))) {
                return end()
            } else {
                add(line.octets, limit)
            }
            count += 1
            isPaused = count == Self.share
            if isPaused { return nil }
        }
        if lines.unfinished > limit + 2 {
            failure = failure ?? .textTooLarge
            lines.discard(&buffer, keeping: 1)
            isMidLine = true
        }
        return nil
    }

    private mutating func add(_ octets: ByteBuffer, _ limit: Int) {
        var line = octets
        if line.getInteger(at: line.readerIndex) == UInt8(ascii: ".") { line.moveReaderIndex(forwardBy: 1) }
        // The size first: of a line that is far too long nothing else is known.
        let size = taken.count + text.readableBytes + line.readableBytes + (isEmpty ? 0 : 1)
        if size > limit { failure = failure ?? .textTooLarge }
        if line.readableBytesView.contains(where: { $0 == 0 || $0 == UInt8(ascii: "\r") }) {
            failure = failure ?? .textControl
        }
        guard failure == nil else { return text.clear() }
        if !isEmpty { text.writeInteger(UInt8(ascii: "\n")) }
        text.writeBuffer(&line)
        isEmpty = false
    }

    private func end() -> Framer.Event {
        if let failure { return .failed(failure, isFatal: false) }
        guard taken.isUTF8, text.isUTF8 else { return .failed(.textNotUTF8, isFatal: false) }
        return .text(text)
    }
}

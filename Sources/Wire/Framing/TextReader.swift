import NIOCore

/// Reads dot-stuffed text up to the line that contains a single dot (RFC 5321, section 4.5.2).
///
/// All lines of a text must end as the first line of the session did. Any other line end is refused, because two
/// readers could otherwise disagree about where the text ends.
struct TextReader {
    /// The number of lines that are read at once.
    private static let share = 4096

    private let endsInCRLF: Bool
    /// Whether reading paused after `share` lines to give other sessions their turn.
    private(set) var isPaused = false
    private var text = ByteBuffer()
    /// The number of bytes that were taken before the end of the text, and whether they are UTF-8.
    private var taken = (count: 0, isUTF8: true)
    private var isEmpty = true
    private var failure: Failure?
    /// Whether the beginning of the current line was discarded because the line is too long. Such a line cannot be
    /// the end of the text.
    private var isMidLine = false

    init(endsInCRLF: Bool) {
        self.endsInCRLF = endsInCRLF
    }

    /// The number of bytes of the text that were read and not taken.
    var size: Int { text.readableBytes }

    /// Whether the text will be refused regardless of its rest.
    var hasFailed: Bool { failure != nil || !taken.isUTF8 }

    /// Takes the part of the text that was read. The part ends at the end of a line.
    mutating func take() -> ByteBuffer {
        defer { text = ByteBuffer() }
        taken = (taken.count + text.readableBytes, taken.isUTF8 && text.isUTF8)
        return text
    }

    mutating func refuse(_ failure: Failure) {
        self.failure = self.failure ?? failure
        text = ByteBuffer()
    }

    /// Returns the text after its end has arrived. Returns nil before that, and after each `share` lines; the next
    /// call continues.
    mutating func next(_ buffer: inout ByteBuffer, _ lines: inout LineReader, limit: Int) -> Framer.Event? {
        var count = 0
        isPaused = false
        while let line = lines.next(&buffer) {
            guard line.endsInCRLF == endsInCRLF else { return .failed(.mixedLineEnds, isFatal: true) }
            if isMidLine {
                isMidLine = false
            } else if line.bytes.readableBytesView.elementsEqual(CollectionOfOne(UInt8(ascii: "."))) {
                return end()
            } else {
                add(line.bytes, limit)
            }
            count += 1
            isPaused = count == Self.share
            if isPaused { return nil }
        }
        if lines.unfinished > limit + 2 {
            failure = failure ?? .textTooLarge(limit)
            lines.discard(&buffer, keeping: 1)
            isMidLine = true
        }
        return nil
    }

    private mutating func add(_ bytes: ByteBuffer, _ limit: Int) {
        var line = bytes
        if line.getInteger(at: line.readerIndex) == UInt8(ascii: ".") { line.moveReaderIndex(forwardBy: 1) }
        // The size is checked first, because the content of a line that is much too long was discarded.
        let size = taken.count + text.readableBytes + line.readableBytes + (isEmpty ? 0 : 1)
        if size > limit { failure = failure ?? .textTooLarge(limit) }
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

import Glibc
import Input
import NIOCore

/// A reader of lines, and of a given number of bytes, from one input.
struct InputReader {
    /// A function that returns more bytes of the input, or nil at its end.
    private let readMore: () -> ByteBuffer?
    private let hasMore: () -> Bool
    private var buffer = ByteBuffer()
    /// The number of bytes at the beginning of the buffer that contain no line end.
    private var scanned = 0
    /// Whether lines end in CRLF, which the first line decides; nil before that.
    private var endsInCRLF: Bool?
    /// Whether a byte order mark at the beginning of the input is skipped.
    private let skipsByteOrderMark: Bool
    /// The number of the last line that was read, from 1.
    private(set) var line = 0

    /// - Parameters:
    ///   - keepsCR: whether a CR before a line end belongs to the line.
    ///   - skipsByteOrderMark: whether the input is a text file, whose byte order mark is skipped.
    ///   - hasMore: a function that returns whether `readMore` would return without waiting.
    ///   - readMore: a function that returns more bytes of the input, or nil at its end.
    init(
        keepsCR: Bool = false, skipsByteOrderMark: Bool = false, hasMore: @escaping () -> Bool = { true },
        readMore: @escaping () -> ByteBuffer?
    ) {
        self.readMore = readMore
        self.hasMore = hasMore
        self.skipsByteOrderMark = skipsByteOrderMark
        endsInCRLF = keepsCR ? false : nil
    }

    /// Whether `nextLine` would return without waiting. That is also so at the end of the input.
    var canReadLine: Bool {
        buffer.readableBytesView.dropFirst(scanned).contains(UInt8(ascii: "\n")) || hasMore()
    }

    /// Returns the next line without its line end, or nil at the end of the input.
    mutating func nextLine() -> ByteBuffer? {
        while true {
            let unseen = buffer.readableBytesView.dropFirst(scanned)
            if let end = unseen.firstIndex(of: UInt8(ascii: "\n")) {
                let bytes = buffer.readSlice(length: end - buffer.readerIndex)!
                buffer.moveReaderIndex(forwardBy: 1)
                return finish(bytes, isTerminated: true)
            }
            scanned = buffer.readableBytes
            guard fill() else { break }
        }
        guard buffer.readableBytes > 0 else { return nil }
        return finish(buffer.readSlice(length: buffer.readableBytes)!, isTerminated: false)
    }

    /// Returns the next bytes, at least one and at most `count`, or nil at the end of the input.
    mutating func nextBytes(_ count: Int) -> ByteBuffer? {
        guard buffer.readableBytes > 0 || fill() else { return nil }
        let bytes = buffer.readSlice(length: min(count, buffer.readableBytes))!
        line += bytes.readableBytesView.count { $0 == UInt8(ascii: "\n") }
        scanned = 0
        return bytes
    }

    private mutating func finish(_ bytes: ByteBuffer, isTerminated: Bool) -> ByteBuffer {
        var bytes = bytes
        scanned = 0
        line += 1
        if skipsByteOrderMark, line == 1 {
            bytes.moveReaderIndex(forwardBy: ByteOrderMark.count(at: bytes.readableBytesView))
        }
        guard isTerminated else { return bytes }
        let hasCR = bytes.readableBytesView.last == UInt8(ascii: "\r")
        if endsInCRLF == nil { endsInCRLF = hasCR }
        if endsInCRLF == true, hasCR { bytes.moveWriterIndex(to: bytes.writerIndex - 1) }
        return bytes
    }

    private mutating func fill() -> Bool {
        guard var bytes = readMore() else { return false }
        buffer.discardReadBytes()
        buffer.writeBuffer(&bytes)
        return true
    }
}

extension InputReader {
    private static let chunk = 1 << 16

    /// Returns a reader of standard input. The parameters are those of the initialiser.
    static func standardInput(keepsCR: Bool = false, skipsByteOrderMark: Bool = false) -> InputReader {
        let hasMore = {
            var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            return poll(&input, 1, 0) != 0
        }
        return InputReader(keepsCR: keepsCR, skipsByteOrderMark: skipsByteOrderMark, hasMore: hasMore) {
            let bytes = FileIO.readChunk(from: STDIN_FILENO, chunk)
            return bytes?.readableBytes == 0 ? nil : bytes
        }
    }
}

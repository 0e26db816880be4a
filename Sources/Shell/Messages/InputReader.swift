import Glibc
import Input
import NIOCore

/// Reads lines and counted octets from one input, as they come.
struct InputReader {
    /// More octets of the input; nil at its end.
    private let more: () -> ByteBuffer?
    private let hasMore: () -> Bool
    private var buffer = ByteBuffer()
    /// Octets of the buffer that are known to hold no line end.
    private var scanned = 0
    /// What the first line ended with: a CR before the LF belongs to the line end only in an input that began so.
    private var endsInCRLF: Bool?
    /// Whether a byte order mark at the beginning is no part of what is read.
    private let passesMark: Bool
    /// The number of the line that was read last.
    private(set) var line = 0

    /// `hasMore`: whether `more` has something to give at once.
    /// `passesMark`: whether the input is a text file, of which a byte order mark is no part.
    init(
        keepsCR: Bool = false, passesMark: Bool = false, hasMore: @escaping () -> Bool = { true },
        more: @escaping () -> ByteBuffer?
    ) {
        self.more = more
        self.hasMore = hasMore
        self.passesMark = passesMark
        endsInCRLF = keepsCR ? false : nil
    }

    /// Whether a line can be had without waiting for whoever writes the input; the end of it is as good as a line.
    var isReady: Bool {
        buffer.readableBytesView.dropFirst(scanned).contains(UInt8(ascii: "\n")) || hasMore()
    }

    /// The next line without its line end; nil at the end of the input.
    mutating func nextLine() -> ByteBuffer? {
        while true {
            let unseen = buffer.readableBytesView.dropFirst(scanned)
            if let end = unseen.firstIndex(of: UInt8(ascii: "\n")) {
                let octets = buffer.readSlice(length: end - buffer.readerIndex)!
                buffer.moveReaderIndex(forwardBy: 1)
                return finish(octets, isTerminated: true)
            }
            scanned = buffer.readableBytes
            guard fill() else { break }
        }
        guard buffer.readableBytes > 0 else { return nil }
        return finish(buffer.readSlice(length: buffer.readableBytes)!, isTerminated: false)
    }

    /// At most `count` of the octets that come next, at least one; nil at the end of the input.
    mutating func nextOctets(_ count: Int) -> ByteBuffer? {
        guard buffer.readableBytes > 0 || fill() else { return nil }
        let octets = buffer.readSlice(length: min(count, buffer.readableBytes))!
        line += octets.readableBytesView.count { $0 == UInt8(ascii: "\n") }
        scanned = 0
        return octets
    }

    private mutating func finish(_ octets: ByteBuffer, isTerminated: Bool) -> ByteBuffer {
        var octets = octets
        scanned = 0
        line += 1
        if passesMark, line == 1 {
            octets.moveReaderIndex(forwardBy: ByteOrderMark.count(at: octets.readableBytesView))
        }
        guard isTerminated else { return octets }
        let hasCR = octets.readableBytesView.last == UInt8(ascii: "\r")
        if endsInCRLF == nil { endsInCRLF = hasCR }
        if endsInCRLF == true, hasCR { octets.moveWriterIndex(to: octets.writerIndex - 1) }
        return octets
    }

    private mutating func fill() -> Bool {
        guard var octets = more() else { return false }
        buffer.discardReadBytes()
        buffer.writeBuffer(&octets)
        return true
    }
}

extension InputReader {
    private static let chunk = 1 << 16

    /// `keepsCR`: a CR before a line end is part of what is read.
    static func standardInput(keepsCR: Bool = false, passesMark: Bool = false) -> InputReader {
        let hasMore = {
            var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            return poll(&input, 1, 0) != 0
        }
        return InputReader(keepsCR: keepsCR, passesMark: passesMark, hasMore: hasMore) {
            let octets = Files.part(of: STDIN_FILENO, chunk)
            return octets?.readableBytes == 0 ? nil : octets
        }
    }
}

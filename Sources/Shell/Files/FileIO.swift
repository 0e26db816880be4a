import Glibc
import Input
import NIOCore

/// Functions that read and write files and descriptors. Those that fail set `errno`. In the shell, Ctrl-C ends a read
/// from a pipe, which then fails with `EINTR`.
enum FileIO {
    /// The largest file that is read as a whole, in bytes.
    static let maximumSize = 1 << 20

    /// Returns the next bytes, at most `count`, or an empty buffer at the end. Returns nil if the read fails.
    static func readChunk(from descriptor: Int32, _ count: Int) -> ByteBuffer? {
        var part = ByteBuffer()
        var read = 0
        repeat {
            part.writeWithUnsafeMutableBytes(minimumWritableBytes: count) {
                read = Glibc.read(descriptor, $0.baseAddress, count)
                return max(0, read)
            }
        } while read < 0 && Interrupt.isTransient(errno)
        return read < 0 ? nil : part
    }

    /// Returns the bytes of a file, or nil if the file cannot be read or has more than `maximumSize` bytes.
    static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return read(descriptor)
    }

    static func read(_ descriptor: Int32) -> [UInt8]? {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &part, part.count)
            if count < 0, Interrupt.isTransient(errno) { continue }
            guard count > 0 else { return count == 0 ? bytes : nil }
            bytes += part[..<count]
            guard bytes.count <= maximumSize else {
                errno = EFBIG
                return nil
            }
        }
    }

    /// Returns the bytes of a text file without its byte order mark, or nil if the file cannot be read.
    static func readText(_ path: String) -> ArraySlice<UInt8>? {
        read(path).map { $0.dropFirst(ByteOrderMark.count(at: $0)) }
    }

    /// Returns the bytes of an open text file without its byte order mark, or nil if the file cannot be read.
    static func readText(_ descriptor: Int32) -> ArraySlice<UInt8>? {
        read(descriptor).map { $0.dropFirst(ByteOrderMark.count(at: $0)) }
    }

    /// Writes all bytes. Returns false if that fails.
    ///
    /// - Parameter isInterruptible: whether Ctrl-C ends a wait for the reader of a pipe.
    @discardableResult
    static func write(
        _ bytes: some Collection<UInt8>, to descriptor: Int32, isInterruptible: Bool = false
    ) -> Bool {
        let written = bytes.withContiguousStorageIfAvailable {
            write(UnsafeRawBufferPointer($0), to: descriptor, isInterruptible)
        }
        return written ?? Array(bytes).withUnsafeBytes { write($0, to: descriptor, isInterruptible) }
    }

    private static func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ isInterruptible: Bool
    ) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            let goesOn = isInterruptible ? Interrupt.isTransient(errno) : errno == EINTR
            guard count > 0 || goesOn else { return false }
            rest = rest.dropFirst(max(0, count))
        }
        return true
    }
}

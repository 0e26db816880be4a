import Glibc
import Input
import NIOCore

/// Files, as octets.
enum Files {
    /// Octets that are read at once.
    static let longest = 1 << 20

    /// A pipe that no other program inherits; nil, with `errno` set, when there is none to be had. `blocks`: whether its
    /// ends wait for each other.
    static func pipe(blocks: Bool = true) -> (read: Int32, write: Int32)? {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { return nil }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            if !blocks { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        }
        return (ends[0], ends[1])
    }

    /// The octets that come next, at most `count`, none at the end; nil, with `errno` set, when they cannot be read.
    static func part(of descriptor: Int32, _ count: Int) -> ByteBuffer? {
        var part = ByteBuffer()
        var read = 0
        repeat {
            part.writeWithUnsafeMutableBytes(minimumWritableBytes: count) {
                read = Glibc.read(descriptor, $0.baseAddress, count)
                return max(0, read)
            }
        } while read < 0 && errno == EINTR
        return read < 0 ? nil : part
    }

    /// The file's octets; nil, with `errno` set, when it cannot be read or is too long to be what it should be.
    static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return read(descriptor)
    }

    static func read(_ descriptor: Int32) -> [UInt8]? {
        var octets: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count == 0 ? octets : nil }
            octets += part[..<count]
            guard octets.count <= longest else {
                errno = EFBIG
                return nil
            }
        }
    }

    /// The octets of a text file, without a byte order mark at its beginning; nil, with `errno` set, as `read`.
    static func text(_ path: String) -> ArraySlice<UInt8>? {
        read(path).map { $0.dropFirst(ByteOrderMark.count(at: $0)) }
    }

    /// The same of an open file.
    static func text(_ descriptor: Int32) -> ArraySlice<UInt8>? {
        read(descriptor).map { $0.dropFirst(ByteOrderMark.count(at: $0)) }
    }

    /// Writes all of it; false, with `errno` set, when that fails.
    @discardableResult
    static func write(_ octets: some Collection<UInt8>, to descriptor: Int32) -> Bool {
        let written = octets.withContiguousStorageIfAvailable { write(UnsafeRawBufferPointer($0), to: descriptor) }
        return written ?? Array(octets).withUnsafeBytes { write($0, to: descriptor) }
    }

    private static func write(_ octets: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var rest = octets[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            guard count > 0 || errno == EINTR else { return false }
            rest = rest.dropFirst(max(0, count))
        }
        return true
    }
}

import Glibc

/// Files, as octets.
enum Files {
    private static let longest = 1 << 20

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

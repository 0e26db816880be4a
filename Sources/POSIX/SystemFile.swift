import Glibc

/// Operations on open files.
package enum SystemFile {
    /// Reads from a descriptor until the buffer is full or the file ends.
    ///
    /// - Returns: The number of bytes that were read; nil if the system refuses a read, and then `errno` says why.
    package static func fill(_ buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32) -> Int? {
        var count = 0
        while count < buffer.count {
            let added = read(descriptor, buffer.baseAddress! + count, buffer.count - count)
            if added < 0, errno == EINTR { continue }
            guard added >= 0 else { return nil }
            if added == 0 { break }
            count += added
        }
        return count
    }
}

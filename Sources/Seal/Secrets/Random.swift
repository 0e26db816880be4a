import Glibc
import Secrets

/// Random bytes from the kernel, which is asked each time.
///
/// OpenSSL's generators keep a state in this process, so two clones of a virtual machine would draw the same message
/// keys. They also take longer, because each draw looks up about fifty names of parameters.
package enum Random {
    /// The most bytes that getentropy returns in one call.
    private static let drawBound = 256

    package static func bytes(_ count: Int) -> [UInt8] {
        [UInt8](count: count) { fill($0) }
    }

    static func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        for start in stride(from: 0, to: buffer.count, by: drawBound) {
            let part = buffer[start..<min(start + drawBound, buffer.count)]
            guard let place = UnsafeMutableRawBufferPointer(rebasing: part).baseAddress,
                getentropy(place, part.count) == 0
            else {
                // Without randomness, nothing that follows would be safe, and no caller could do better than stop.
                fatalError("The kernel has no randomness to give")
            }
        }
    }
}

extension SecretBytes {
    /// `count` bytes from ``Random``.
    package static func random(count: Int) -> SecretBytes {
        SecretBytes(count: count) { Random.fill($0) }
    }
}

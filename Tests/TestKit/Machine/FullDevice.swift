import Glibc

/// A device that is full, for whoever writes to a path.
///
/// A log locks what it writes to, and many tests want such a device at the same time: each gets one of its own where the
/// system allows it, as it does for root.
package enum FullDevice {
    package static func make(at path: String) {
        let (major, minor) = (UInt32(1), UInt32(7))
        if mknod(path, S_IFCHR | 0o600, dev_t(major << 8 | minor)) == 0, access(path, W_OK) == 0 {
            let descriptor = open(path, O_WRONLY | O_CLOEXEC)
            defer { if descriptor >= 0 { close(descriptor) } }
            if descriptor >= 0 { return }
        }
        unlink(path)
        symlink("/dev/full", path)
    }

    /// Returns what `open` returns, which is tried again for as long as another test has the device.
    ///
    /// - Parameter open: returns nil if it is taken.
    package static func opening<Value>(_ open: () throws -> Value?) rethrows -> Value {
        while true {
            if let value = try open() { return value }
        }
    }
}

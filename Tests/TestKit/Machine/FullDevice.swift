import Glibc

/// A device that is always full, at a path that a test chooses.
///
/// A log locks its file, and many tests need such a device at the same time. Where the system allows it, as it does
/// for root, each test gets a device of its own.
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

    /// Returns the result of `open`. While another test has the device, `open` is tried again.
    ///
    /// - Parameter open: A closure that returns nil if the device is taken.
    package static func opening<Value>(_ open: () throws -> Value?) rethrows -> Value {
        while true {
            if let value = try open() { return value }
        }
    }
}

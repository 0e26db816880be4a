import Daemon
import Foundation
import Input
import POSIX

/// Keeps two commands from changing a site's keys or its database at the same time, by a lock on the data directory
/// itself, so that no file is made for it. The end of the process ends the lock, however the process ends.
final class SiteLock {
    private let descriptor: Int32

    /// - Throws: `StartError` when another command has the lock, or there is no such directory.
    init(on directory: DataDirectory) throws(StartError) {
        let path = directory.path
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StartError("\(path): \(SystemError.phrase())") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw StartError("\(path): another claverod rewrap, rotate or restore is at work there; wait for it")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}

import Daemon
import Foundation
import Input
import POSIX

/// A lock that keeps two commands from changing a site's keys or database at the same time. The data directory itself
/// is locked, so no lock file is needed. The lock ends with the process, even if the process crashes.
final class SiteLock {
    private let descriptor: Int32

    /// Takes the lock.
    ///
    /// - Parameter isInit: Whether the command is `claverod init`, which can continue an interrupted run of its own.
    /// - Throws: `StartError` if another command has the lock, if the directory does not exist, or if `claverod init` was
    ///   interrupted.
    init(on directory: DataDirectory, isInit: Bool = false) throws(StartError) {
        let path = directory.path
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StartError("\(path): \(SystemError.phrase())", .init(errno: errno)) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw StartError(
                "\(path): another claverod init, rewrap, rotate, restore or certificate is running; wait until it has ended",
                .temporary)
        }
        if !isInit { try InitMark(in: directory).requireNone() }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}

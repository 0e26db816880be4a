import Daemon
import Foundation

/// Keeps two processes from changing the same file at the same time, by a lock on a file beside it, which stays there
/// empty. The end of the process ends the lock, however it ends.
final class FileLock {
    private let descriptor: Int32

    /// - Throws: `StartError` when another has it: `user` is what it is called.
    init(beside path: String, for user: String) throws(StartError) {
        let lock = "\(path).lock"
        descriptor = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw StartError("\(lock): \(String(cString: strerror(errno)).lowercased())") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw StartError("\(path): another \(user) is at it") }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}

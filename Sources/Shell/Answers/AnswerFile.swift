import Glibc
import Input
import NIOCore
import POSIX

/// A file that receives an answer. The file is opened at the first write, so that a refusal leaves an existing file
/// unchanged. A new file is readable by its owner alone, since it may hold decrypted text.
final class AnswerFile {
    let path: String
    private(set) var count = 0
    private var descriptor: Int32 = -1

    init(path: String) {
        self.path = path
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func write(_ part: ByteBuffer) throws(ExitError) {
        if descriptor < 0 {
            descriptor = open(
                Environment.expandedPath(path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0o600)
        }
        guard descriptor >= 0 else { throw failure }
        guard FileIO.write(part.readableBytesView, to: descriptor, isInterruptible: true) else { throw failure }
        count += part.readableBytes
    }

    /// - Throws: an `ExitError` if the system reports that written data was lost.
    func finish() throws(ExitError) {
        guard descriptor >= 0 else { return }
        defer { descriptor = -1 }
        guard close(descriptor) == 0 else { throw failure }
    }

    private var failure: ExitError {
        let reason = errno == EINTR ? "cancelled" : SystemError.text()
        return ExitError(message: TerminalText.escaped("\(path): \(reason)"), status: .transfer)
    }
}

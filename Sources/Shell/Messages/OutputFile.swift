import Glibc
import NIOCore

/// A file that an answer goes to. Nothing happens to it before there is something to write, so that a refusal leaves it
/// as it was. A new one is its owner's alone, since it may hold what was sealed.
final class OutputFile {
    let path: String
    private(set) var count = 0
    private var descriptor: Int32 = -1

    init(path: String) {
        self.path = path
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func write(_ part: ByteBuffer) throws(Stop) {
        if descriptor < 0 {
            descriptor = open(Environment.path(path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0o600)
        }
        guard descriptor >= 0 else { throw failure }
        guard Files.write(part.readableBytesView, to: descriptor) else { throw failure }
        count += part.readableBytes
    }

    /// - Throws: when what was written is not there after all.
    func finish() throws(Stop) {
        guard descriptor >= 0 else { return }
        defer { descriptor = -1 }
        guard close(descriptor) == 0 else { throw failure }
    }

    private var failure: Stop {
        Stop(message: Escaping.shown("\(path): \(String(cString: strerror(errno)))"), status: .output)
    }
}

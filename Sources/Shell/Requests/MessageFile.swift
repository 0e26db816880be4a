import Glibc
import Input
import NIOCore
import POSIX

/// A message whose size is known before it is sent: a file that is read while it is sent, or the content of a pipe.
final class MessageFile {
    /// The greatest size of a pipe's content, in bytes. No server accepts more at once.
    private static let maximumPipe = 64 << 20
    private static let chunk = 1 << 18

    let name: String
    let size: Int
    /// Whether it is a file, and neither a pipe nor a device.
    let isRegular: Bool
    private let descriptor: Int32
    /// The content of a pipe; nil for a file.
    private var bytes: ByteBuffer?
    private var closesDescriptor = false

    /// Opens a file.
    ///
    /// - Throws: an `ExitError` if the file cannot be read, or if it is a pipe with too much content.
    convenience init(path: String) throws(ExitError) {
        let descriptor = open(Environment.expandedPath(path), O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
        try self.init(descriptor, name: path)
        closesDescriptor = true
    }

    static func standardInput() throws(ExitError) -> MessageFile {
        try MessageFile(STDIN_FILENO, name: "standard input")
    }

    private init(_ descriptor: Int32, name: String) throws(ExitError) {
        self.descriptor = descriptor
        self.name = name
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw Self.failure(name, errno) }
        isRegular = information.st_mode & S_IFMT == S_IFREG
        switch information.st_mode & S_IFMT {
        case S_IFREG:
            let position = lseek(descriptor, 0, SEEK_CUR)
            size = max(0, information.st_size - max(0, position))
        case S_IFDIR:
            throw Self.failure(name, EISDIR)
        case _:
            let all = try Self.readAll(descriptor, name)
            size = all.readableBytes
            bytes = all
        }
    }

    deinit { if closesDescriptor { close(descriptor) } }

    /// Returns the next bytes, at most `count`, or nil at the end. A file that becomes shorter meanwhile ends early.
    func next(_ count: Int) throws(ExitError) -> ByteBuffer? {
        if bytes != nil { return bytes!.readSlice(length: min(count, Self.chunk, bytes!.readableBytes)) }
        let part = try Self.read(descriptor, min(count, Self.chunk), name)
        return part.readableBytes > 0 ? part : nil
    }

    private static func readAll(_ descriptor: Int32, _ name: String) throws(ExitError) -> ByteBuffer {
        var all = ByteBuffer()
        while true {
            var part = try read(descriptor, chunk, name)
            guard part.readableBytes > 0 else { return all }
            all.writeBuffer(&part)
            guard all.readableBytes <= maximumPipe else {
                throw ExitError(message: "\(name): more than \(maximumPipe >> 20) MiB; give a file", status: .input)
            }
        }
    }

    private static func read(_ descriptor: Int32, _ count: Int, _ name: String) throws(ExitError) -> ByteBuffer {
        guard let part = FileIO.readChunk(from: descriptor, count) else { throw failure(name, errno) }
        return part
    }

    private static func failure(_ name: String, _ number: Int32) -> ExitError {
        let reason = number == EINTR ? "cancelled" : SystemError.text(number)
        return ExitError(message: TerminalText.escaped("\(name): \(reason)"), status: .input)
    }
}

import Glibc
import NIOCore

/// A message whose size is known before it is sent: a file, read as it is needed, or what came through a pipe.
final class MessageFile {
    /// Octets that a pipe may bring: more than any server takes at once.
    private static let longestPipe = 64 << 20
    private static let chunk = 1 << 18

    let name: String
    let size: Int
    private let descriptor: Int32
    /// What a pipe brought.
    private var octets: ByteBuffer?
    private var isOwned = false

    /// - Throws: a `Stop`, when the file cannot be read or has no end in sight.
    convenience init(path: String) throws(Stop) {
        let descriptor = open(Environment.path(path), O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
        try self.init(descriptor, name: path)
        isOwned = true
    }

    static func standardInput() throws(Stop) -> MessageFile {
        try MessageFile(STDIN_FILENO, name: "standard input")
    }

    private init(_ descriptor: Int32, name: String) throws(Stop) {
        self.descriptor = descriptor
        self.name = name
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw Self.failure(name, errno) }
        switch information.st_mode & S_IFMT {
        case S_IFREG:
            let position = lseek(descriptor, 0, SEEK_CUR)
            size = max(0, information.st_size - max(0, position))
        case S_IFDIR:
            throw Self.failure(name, EISDIR)
        case _:
            let all = try Self.readAll(descriptor, name)
            size = all.readableBytes
            octets = all
        }
    }

    deinit { if isOwned { close(descriptor) } }

    /// The octets that come next, at most `count`; fewer than announced in all when the file was cut short meanwhile.
    func next(_ count: Int) throws(Stop) -> ByteBuffer? {
        if octets != nil { return octets!.readSlice(length: min(count, Self.chunk, octets!.readableBytes)) }
        let part = try Self.read(descriptor, min(count, Self.chunk), name)
        return part.readableBytes > 0 ? part : nil
    }

    private static func readAll(_ descriptor: Int32, _ name: String) throws(Stop) -> ByteBuffer {
        var all = ByteBuffer()
        while true {
            var part = try read(descriptor, chunk, name)
            guard part.readableBytes > 0 else { return all }
            all.writeBuffer(&part)
            guard all.readableBytes <= longestPipe else {
                throw Stop(message: "\(name): more than \(longestPipe >> 20) MiB; give a file", status: .input)
            }
        }
    }

    private static func read(_ descriptor: Int32, _ count: Int, _ name: String) throws(Stop) -> ByteBuffer {
        guard let part = Files.part(of: descriptor, count) else { throw failure(name, errno) }
        return part
    }

    private static func failure(_ name: String, _ number: Int32) -> Stop {
        Stop(message: Escaping.shown("\(name): \(String(cString: strerror(number)))"), status: .input)
    }
}

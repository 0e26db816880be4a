import Glibc
import POSIX

/// A terminal that no person uses.
final class Terminal {
    private let descriptor: Int32
    /// The file that a program on the terminal opens.
    let path: String

    init() throws(LoadError) {
        descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var number: Int32 = 0
        var locked: Int32 = 0
        guard descriptor >= 0, ioctl(descriptor, Self.unlock, &locked) == 0,
            ioctl(descriptor, Self.getNumber, &number) == 0
        else { throw LoadError("no terminal: \(SystemError.text())") }
        path = "/dev/pts/\(number)"
    }

    /// The requests TIOCSPTLCK and TIOCGPTN of ioctl_tty(2).
    private static let (unlock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)

    deinit { close(descriptor) }

    /// Reads the output on the terminal until it ends with one of `texts`.
    func wait(for texts: [String]) throws(LoadError) {
        var seen: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while !texts.contains(where: { seen.suffix($0.utf8.count).elementsEqual($0.utf8) }) {
            let count = read(descriptor, &part, part.count)
            guard count > 0 else { throw LoadError("no prompt: \(String(decoding: seen, as: UTF8.self))") }
            seen += part[..<count]
        }
    }
}

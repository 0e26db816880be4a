import Glibc
import POSIX

/// A filesystem in memory with room for a few MiB, which a test can fill. It is mounted over a directory, in a mount
/// namespace of its own. Only root can make one. It is removed when the value is released, or when the test process
/// ends in any way.
package final class SmallDisk: Sendable {
    package let directory: TemporaryDirectory
    /// The process that keeps the namespace until its input ends.
    private let keeper: Child
    private let input: Int32

    /// Mounts the filesystem.
    ///
    /// - Throws: `Mismatch` if it cannot be mounted.
    package init(mebibytes: Int) throws {
        directory = try TemporaryDirectory()
        let (input, output) = (Child.pipe(), Child.pipe())
        defer { for descriptor in [input.read, output.read] { close(descriptor) } }
        self.input = input.write
        let script = "mount -t tmpfs -o size=\(mebibytes)m tmpfs \"$1\" && echo mounted && exec cat >/dev/null"
        keeper = try Child(
            "/usr/bin/unshare", ["--mount", "/bin/sh", "-c", script, "sh", directory.path], input: input.read,
            output: output.write, errors: STDERR_FILENO)
        close(output.write)
        var byte: UInt8 = 0
        guard read(output.read, &byte, 1) == 1 else { throw Mismatch("no small disk can be mounted") }
    }

    deinit {
        close(input)
        _ = keeper.wait()
    }

    /// The words to put before a command, so that it runs in the namespace of the disk.
    package var words: [String] { ["/usr/bin/nsenter", "--target", "\(keeper.pid)", "--mount", "--"] }

    /// Writes to a file until no byte is free.
    package func fill() async throws {
        let filled = try await run("head -c 1G /dev/zero >\"$1\"")
        guard filled.status != 0 else { throw Mismatch("the disk is larger than it should be") }
    }

    /// Removes the file that `fill` wrote.
    package func makeRoom() async throws { _ = try await run("rm \"$1\"") }

    private func run(_ script: String) async throws -> Tool.Result {
        let words = words + ["/bin/sh", "-c", script, "sh", "\(directory.path)/filling"]
        return try await Tool.run(words[0], Array(words.dropFirst()))
    }
}

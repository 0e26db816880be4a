import Glibc
import POSIX

/// A filesystem in memory that has room for a few MiB, mounted over a directory in a mount namespace of its own, where a
/// test fills it. Only root can make one. It goes with the value, and with the test process however that ends.
package final class SmallDisk: Sendable {
    package let directory: TemporaryDirectory
    /// Keeps the namespace until its input ends.
    private let keeper: Child
    private let input: Int32

    /// - Throws: A `Mismatch` that says why there is none.
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
        var octet: UInt8 = 0
        guard read(output.read, &octet, 1) == 1 else { throw Mismatch("no small disk can be mounted") }
    }

    deinit {
        close(input)
        _ = keeper.wait()
    }

    /// The words that run a command where the disk is; they come before it.
    package var words: [String] { ["/usr/bin/nsenter", "--target", "\(keeper.pid)", "--mount", "--"] }

    /// Writes to a file until no octet is free.
    package func fill() async throws {
        let filled = try await run("head -c 1G /dev/zero >\"$1\"")
        guard filled.status != 0 else { throw Mismatch("the disk is larger than it should be") }
    }

    /// Removes that file.
    package func makeRoom() async throws { _ = try await run("rm \"$1\"") }

    private func run(_ script: String) async throws -> Tool.Result {
        let words = words + ["/bin/sh", "-c", script, "sh", "\(directory.path)/filling"]
        return try await Tool.run(words[0], Array(words.dropFirst()))
    }
}

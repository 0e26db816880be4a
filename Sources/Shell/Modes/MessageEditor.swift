import FoundationEssentials
import Glibc
import Input
import POSIX

/// The user's editor, in which a message is written.
enum MessageEditor {
    /// Runs `$VISUAL`, `$EDITOR` or vi on a file that does not exist yet, and returns the lines that the file then has.
    ///
    /// The file is in a directory that its owner alone can read, as are the copies that an editor makes beside it. The
    /// directory is removed afterwards, also if a signal ends this program.
    ///
    /// - Throws: an `ExitError` if the editor fails, or the file is missing, empty or no text.
    static func lines() throws(ExitError) -> [[UInt8]] {
        try DeferredTermination.run { () throws(ExitError) in
            let directory = try newDirectory()
            defer { remove(directory) }
            let path = "\(directory)/message.txt"
            try edit(path)
            guard access(path, F_OK) == 0 || errno != ENOENT else { throw empty }
            let lines = try TextFile.lines(path, followsLinks: false)
            guard !lines.isEmpty else { throw empty }
            return lines
        }
    }

    /// Creates a directory in the first of the usual places where that succeeds.
    private static func newDirectory() throws(ExitError) -> String {
        let parents = ["XDG_RUNTIME_DIR", "TMPDIR"].compactMap(Environment.variable).filter { !$0.isEmpty } + ["/tmp"]
        for parent in parents {
            var template = Array("\(parent)/clavero-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { continue }
            return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        throw failure("no directory for the message in \(parents.joined(separator: ", ")): \(SystemError.text())")
    }

    private static let empty = ExitError(message: "the message is empty. Not sent", status: .input)

    private static func edit(_ path: String) throws(ExitError) {
        let names = ["VISUAL", "EDITOR"].compactMap(Environment.variable)
        let command = (names.first { !$0.isEmpty } ?? "vi").split(separator: " ").map(String.init)
        guard let name = command.first, let status = OtherProgram.run(command + [path]) else {
            throw failure("\(command.first ?? "the editor") cannot be started; set EDITOR")
        }
        guard status == .exited(0) else { throw failure("\(name) failed (\(status)). Not sent") }
    }

    /// Removes the directory. Its files are overwritten first, since the message may be secret.
    private static func remove(_ directory: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
            overwrite("\(directory)/\(name)")
        }
        do {
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            Output.reportError(TerminalText.escaped("\(directory) cannot be removed; it may contain your message"))
        }
    }

    private static func overwrite(_ path: String) {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var information = stat()
        // A file with a second name is somebody's own.
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG, information.st_nlink == 1
        else { return }
        let zeros = [UInt8](repeating: 0, count: 1 << 16)
        var rest = Int(information.st_size)
        while rest > 0, FileIO.write(zeros.prefix(rest), to: descriptor) { rest -= zeros.count }
    }

    private static func failure(_ reason: String) -> ExitError {
        ExitError(message: TerminalText.escaped(reason), status: .input)
    }
}

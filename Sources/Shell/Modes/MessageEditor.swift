import Glibc
import POSIX

/// The user's editor, in which a message is written.
enum MessageEditor {
    /// Runs `$VISUAL`, `$EDITOR` or vi on an empty file, and returns the lines that the file then has.
    ///
    /// The file is readable by its owner alone. It is overwritten and removed afterwards.
    ///
    /// - Throws: an `ExitError` if the editor fails, or the file is empty.
    static func lines() throws(ExitError) -> [[UInt8]] {
        let directory = Environment.variable("XDG_RUNTIME_DIR") ?? Environment.variable("TMPDIR") ?? "/tmp"
        var template = Array("\(directory)/clavero-XXXXXX.txt".utf8CString)
        let descriptor = mkstemps(&template, 4)
        guard descriptor >= 0 else { throw failure("\(directory): \(SystemError.text())") }
        defer { close(descriptor) }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { remove(path) }
        try edit(path)
        // An editor may have replaced the file, so it is opened by its name.
        let edited = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard edited >= 0 else { throw failure("\(path): \(SystemError.text())") }
        defer { close(edited) }
        guard let bytes = FileIO.readText(edited) else { throw failure("\(path): \(SystemError.text())") }
        guard !bytes.isEmpty else { throw ExitError(message: "the message is empty. Not sent", status: .input) }
        return bytes.lines
    }

    private static func edit(_ path: String) throws(ExitError) {
        let names = ["VISUAL", "EDITOR"].compactMap(Environment.variable)
        let command = (names.first { !$0.isEmpty } ?? "vi").split(separator: " ").map(String.init)
        guard let status = OtherProgram.run(command + [path]) else {
            throw failure("\(command[0]) cannot be started; set EDITOR")
        }
        guard status == .exited(0) else { throw failure("\(command[0]) failed. Not sent") }
    }

    /// Overwrites and removes the file, since the message may be secret.
    private static func remove(_ path: String) {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        if descriptor >= 0 {
            let size = lseek(descriptor, 0, SEEK_END)
            lseek(descriptor, 0, SEEK_SET)
            FileIO.write(repeatElement(0, count: max(0, Int(size))), to: descriptor)
            close(descriptor)
        }
        unlink(path)
    }

    private static func failure(_ reason: String) -> ExitError {
        ExitError(message: TerminalText.escaped(reason), status: .input)
    }
}

import Glibc
import Logging

/// The form of the log's lines.
package enum LogForm: Sendable {
    /// Lines for a person at a terminal.
    case text
    /// A JSON object for each line.
    case json
    /// Lines for systemd's journal: text after a priority, as sd-daemon(3) describes it. The journal itself notes the
    /// time and the program.
    case journal

    /// The form for what standard error is now.
    package static var standardError: LogForm {
        if isJournal(STDERR_FILENO, stream: getenv("JOURNAL_STREAM").map { String(cString: $0) }) { return .journal }
        return isatty(STDERR_FILENO) == 0 ? .json : .text
    }

    /// Returns whether a descriptor is the connection to the journal that `$JOURNAL_STREAM` names: its device and its
    /// inode in decimal, with a colon between them (systemd.exec(5)). The variable alone does not say so, because a
    /// process may inherit it and have another standard error.
    static func isJournal(_ descriptor: Int32, stream: String?) -> Bool {
        var status = stat()
        guard let stream, fstat(descriptor, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }

    /// Returns the line with which a program that cannot start says why, in the form for standard error.
    static func complaint(_ line: String) -> String {
        guard standardError == .journal else { return line }
        let prefix = priority(.error)
        return line.split(separator: "\n", omittingEmptySubsequences: true).map { prefix + $0 }.joined(separator: "\n")
    }

    /// Returns the priority of a level, as a line for the journal begins with it. The numbers are those of syslog(3).
    static func priority(_ level: Logger.Level) -> String {
        switch level {
        case .trace, .debug: "<7>"
        case .info: "<6>"
        case .notice: "<5>"
        case .warning: "<4>"
        case .error: "<3>"
        case .critical: "<2>"
        }
    }
}

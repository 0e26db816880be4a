import Foundation
import TestKit

/// A plugin that a test writes. It consists of a shell script and of the options with which a server starts it.
final class ScriptPlugin: Sendable {
    /// The functions at the beginning of every script: `frame LANE PAYLOAD [ATTRIBUTES]`, `note LINE` and `answer
    /// LINE`. The last one replies to the current request.
    private static let functions = #"""
        LC_ALL=C
        frame() { printf '#%s %d%s\r\n%s' "$1" "${#2}" "${3:+ $3}" "$2"; }
        note() { frame 0 "$1"$'\r\n'; }
        answer() { frame "$lane" "$1"$'\r\n'; }

        """#
    /// The beginning of a script whose plugin answers HI.
    static let hello = #"""
        note 'HELLO 2 test'
        note 'COMMAND HI ARGS="message:message" ACCESS=anyone REPEATABLE=yes SUMMARY="x" HELP="y"'

        """#
    static let ready = hello + "note READY\n"
    /// The beginning of a loop that reads one request after another. The rest of the loop can use `$lane` and
    /// `$body`.
    static let requests = #"""
        while IFS=$' \r' read -r lane length _; do
            lane=${lane#?}
            if [ "$lane" = 0 ] || [ "$length" = 0 ]; then head -c "$length" >/dev/null; continue; fi
            IFS= read -r line
            body=$(head -c $((length - ${#line} - 1)))

        """#

    let path: String
    let name: String
    private let directory: TemporaryDirectory

    init(_ script: String, name: String = "test", mode: Int = 0o755) throws {
        self.name = name
        directory = try TemporaryDirectory()
        path = "\(directory.path)/\(name).sh"
        try Self.text(script).write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    /// Returns the text of a script's file.
    static func text(_ script: String) -> String { "#!/bin/bash\n\(functions)\(script)\n" }

    func options(_ verbs: String = "HI") -> [String] { ["--plugin", path, "--plugin-verbs", "\(name)=\(verbs)"] }

    /// Returns the path of a file that the script can write and the test can read.
    func file(_ name: String) -> String { "\(directory.path)/\(name)" }

    /// The options of a key server that runs the example plugins.
    static let examples =
        ["rot13.sh", "guest-book.py", "time-stamp.py"].flatMap { file in
            ["--plugin", Repository.root.appending(path: "Examples/plugins/\(file)").path]
        } + [
            "--plugin-verbs", "rot13=ROT13", "--plugin-verbs", "guest-book=GUEST,GUESTS", "--plugin-services",
            "guest-book=SIGN", "--plugin-verbs", "time-stamp=STAMP,STAMPED",
        ]
}

extension LiveSite {
    /// Waits for a line of the key server's log that contains all of `parts`, and returns it.
    func keysLog(after count: Int = 0, _ parts: String...) async throws -> String {
        let program = keys.program
        return try await found("\(parts) in the log, which ends:\n\(program.log.suffix(8).joined(separator: "\n"))") {
            program.log.dropFirst(count).first { line in parts.allSatisfy(line.contains) }
        }
    }
}

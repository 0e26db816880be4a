import Dispatch
import Glibc
import TestKit
import Testing

/// Python's sqlite3 with an open database. It is a second process and an independent implementation. A test that
/// waits for it does not block a thread of the tests.
final class OtherProgram: Sendable {
    private let child: Child
    private let input: Int32
    private let output: Int32
    private let queue = DispatchQueue(label: "test.other-program")

    /// Starts the program. Each line that a test sends is Python code, and `db` is the open database. The answer to
    /// each line is one line.
    init(_ path: String) throws {
        let script = """
            import sqlite3, sys
            db = sqlite3.connect(sys.argv[1], isolation_level=None)
            for line in sys.stdin: print(repr(eval(line)), flush=True)
            """
        let (questions, answers) = (Child.pipe(), Child.pipe())
        child = try Child(
            "/usr/bin/python3", ["-c", script, path], input: questions.read, output: answers.write,
            errors: STDERR_FILENO)
        close(questions.read)
        close(answers.write)
        (input, output) = (questions.write, answers.read)
    }

    deinit { child.signal(SIGKILL) }

    func ask(_ expression: String) async throws -> String {
        await withCheckedContinuation { continuation in
            queue.async { [input, output] in
                let question = Array("\(expression)\n".utf8)
                _ = write(input, question, question.count)
                var line: [UInt8] = []
                var byte: UInt8 = 0
                while read(output, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
                continuation.resume(returning: String(decoding: line, as: UTF8.self))
            }
        }
    }

    /// Returns the first column of the first row.
    func value(_ sql: String) async throws -> String {
        try await ask("db.execute(\"\(sql)\").fetchone()[0]")
    }

    func end() async throws {
        let status = await withCheckedContinuation { continuation in
            queue.async { [child, input, output] in
                close(input)
                let status = child.wait()
                close(output)
                continuation.resume(returning: status)
            }
        }
        #expect(status == 0)
    }
}

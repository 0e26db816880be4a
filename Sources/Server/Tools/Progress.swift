import Foundation
import Link

/// How far a long task is, on standard error: one line that is rewritten on a terminal, otherwise a line for each tenth.
struct Progress {
    private let total: Int
    private let noun: String
    private let isTerminal: Bool
    private let write: (String) -> Void
    private var done = 0
    private var tenths = 0

    /// `noun`: what is counted, in the plural.
    init(
        total: Int, of noun: String, isTerminal: Bool = isatty(STDERR_FILENO) != 0,
        write: @escaping (String) -> Void = { StandardStreams.write($0) }
    ) {
        (self.total, self.noun, self.isTerminal, self.write) = (total, noun, isTerminal, write)
    }

    mutating func advance(by count: Int) {
        done += count
        let reached = total == 0 ? 10 : min(done * 10 / total, 10)
        defer { tenths = reached }
        if isTerminal {
            write("\r\(text)")
        } else if reached > tenths {
            write("\(text)\n")
        }
    }

    /// Leaves the last state on a terminal.
    func end() {
        if isTerminal, done > 0 { write("\n") }
    }

    /// What was added meanwhile counts too.
    private var text: String { "\(done) of \(max(total, done)) \(noun)" }
}

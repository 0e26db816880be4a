import Foundation
import Link

/// Shows the progress of a long task on standard error. A terminal gets one line that is rewritten. Other outputs get
/// a line for each tenth of the task.
struct Progress {
    private let total: Int
    private let noun: String
    private let isTerminal: Bool
    private let write: (String) -> Void
    private var done = 0
    private var tenths = 0

    /// Creates the display.
    ///
    /// - Parameter noun: The name of the counted things, in the plural.
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

    /// Ends the line on a terminal, so that the last state stays visible.
    func end() {
        if isTerminal, done > 0 { write("\n") }
    }

    /// The text of the line. If items were added during the task, the total grows with them.
    private var text: String { "\(done) of \(max(total, done)) \(noun)" }
}

import Glibc

/// The time from the start of the shell at a terminal to its prompt. By then it has connected and learnt the
/// commands.
struct StartToPrompt: Figure {
    let number = 18
    let title = "start to prompt of clavero"
    let peer = "bash"
    let unit = Unit.milliseconds
    let goal = Goal.atMost(50e6)

    func measure(_ conditions: Conditions) throws -> Measurement {
        let site = try Site(conditions)
        defer { site.end() }
        // The shell must not read or change the history of the person who runs the benchmark.
        setenv("XDG_STATE_HOME", site.data, 1)
        return try conditions.interleave(rounds: conditions.rounds) {
            try time(conditions.program("clavero"), ["--port", "\(site.proxy.port)"], prompts: ["> "])
        } theirs: {
            try time("/bin/bash", ["--norc", "--noediting", "-i"], prompts: ["# ", "$ "])
        }
    }

    /// Returns the least time of several starts, in nanoseconds. Other work of the machine can only add to it.
    private func time(_ program: String, _ arguments: [String], prompts: [String]) throws -> Double {
        try (0..<5).map { _ in
            let terminal = try Terminal()
            let begin = Clock.now()
            let child = try Child(program, arguments, terminal: terminal)
            defer { child.end(SIGKILL) }
            try terminal.wait(for: prompts)
            return Double(Clock.now() - begin)
        }.min()!
    }
}

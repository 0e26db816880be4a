import Glibc

/// From the start of the shell at a terminal to its prompt: it has connected and learnt the commands by then.
struct StartToPrompt: Figure {
    let number = 18
    let title = "start to prompt of clavero"
    let peer = "bash"
    let unit = Unit.milliseconds
    let goal = Goal.atMost(50e6)

    func measure(_ conditions: Conditions) throws -> Measurement {
        let site = try Site(conditions)
        defer { site.end() }
        // The person's own history is nobody's business.
        setenv("XDG_STATE_HOME", site.data, 1)
        return try conditions.interleave(rounds: conditions.rounds) {
            try time(conditions.program("clavero"), ["--port", "\(site.proxy.port)"], prompts: ["> "])
        } theirs: {
            try time("/bin/bash", ["--norc", "--noediting", "-i"], prompts: ["# ", "$ "])
        }
    }

    /// The least of several starts, in nanoseconds: what else the machine does only ever adds.
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

import Glibc

/// The command `clavero-bench`: measures the figures and shows the table.
struct BenchCommand {
    static let usage = """
        usage: clavero-bench --programs DIRECTORY [--peers DIRECTORY] [--only N,N...] [--rounds N] [--seconds S]
            [--unpinned] [--output FILE]
        \(LoadCommand.usage)
        \(ScalingCommand.usage)
        """

    private let conditions: Conditions
    private let figures: [any Figure]
    private let output: String?

    init(_ words: some Sequence<String>) throws {
        let arguments = try Arguments(
            words, options: ["programs", "peers", "only", "rounds", "seconds", "output"], flags: ["unpinned"])
        guard let programs = arguments.text("programs") else { throw Arguments.Wrong(description: Self.usage) }
        for program in ["claverod", "clavero-proxy"] where access("\(programs)/\(program)", X_OK) != 0 {
            throw Arguments.Wrong(description: "--programs \(programs): no \(program) there")
        }
        let only = try arguments.list("only")
        figures = AllFigures.list.filter { only?.contains($0.number) ?? true }
        output = arguments.text("output")
        conditions = Conditions(
            programs: programs, peers: arguments.text("peers"), rounds: try arguments.number("rounds", 5),
            seconds: try arguments.number("seconds", 1.0), directory: try TemporaryDirectory(),
            isPinned: !arguments.has("unpinned") && sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1)
    }

    func run() throws {
        let directory = conditions.directory
        Signals.atEnd { directory.remove() }
        defer { directory.remove() }
        OpenFiles.allowAll()
        if conditions.isPinned { Processors.restrict(to: 1) }
        let facts = Machine.facts(conditions) + [("load generator", try ceiling())]
        for (name, fact) in facts { Output.line("\(name): \(fact)") }
        Output.line("\n" + Table.line(Table.head))
        var table = Table()
        for figure in figures {
            let row = Table.Row(figure, Result { try figure.measure(conditions) })
            table.add(row)
            Output.line(Table.line(row.cells))
            if let note = row.note { Output.line("    \(note)") }
        }
        Output.line("\n" + table.summary)
        if let output { try TextFile.write(table.markdown(about: facts), to: output, mode: 0o644) }
    }

    /// Returns the rates of the load generator itself, against a thread that answers every line with a constant.
    private func ceiling() throws -> String {
        let rates = try [64, 1].map { inFlight in
            let result = try ConstantServer.ceiling(
                connections: 50, inFlight: inFlight, seconds: conditions.seconds, processor: conditions.serverProcessor)
            return "\(Numbers.grouped(result.rate)) a second at \(inFlight) in flight"
        }
        return "its own ceiling is \(rates.joined(separator: ", "))"
    }
}

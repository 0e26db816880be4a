import Glibc

/// The program of `make bench`. It measures Clavero and the best comparable programs on the same machine.
@main
struct Bench {
    static func main() {
        let words = CommandLine.arguments.dropFirst()
        do {
            if words.first == "load" {
                try LoadCommand(words.dropFirst()).run()
            } else if words.first == "scaling" {
                try ScalingCommand(words.dropFirst()).run()
            } else {
                try BenchCommand(words).run()
            }
        } catch let wrong as Arguments.Wrong {
            fail(wrong.description, status: 64)
        } catch {
            fail("\(error)", status: 1)
        }
    }

    private static func fail(_ message: String, status: Int32) -> Never {
        Output.note("clavero-bench: \(message)")
        exit(status)
    }
}

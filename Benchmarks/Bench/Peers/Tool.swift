import Glibc
import POSIX

/// Runs programs to their end.
enum Tool {
    struct Result {
        let status: Int32
        /// The standard output and the standard error together.
        let output: String

        var firstLine: String { output.split(separator: "\n").first.map(String.init) ?? "" }
    }

    /// Runs a program.
    ///
    /// - Parameter program: The path of the program.
    /// - Throws: `LoadError` if it cannot be started.
    static func run(_ program: String, _ arguments: [String]) throws(LoadError) -> Result {
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(nothing) }
        do {
            let ends = try PipeEnds()
            defer { close(ends.read) }
            let launch = Launch([program] + arguments, input: nothing, output: ends.write, errors: ends.write)
            let process = Swift.Result { () throws(SystemError) in try ChildProcess(launch) }
            close(ends.write)
            let running = try process.get()
            let output = String(decoding: TextFile.readToEnd(ends.read), as: UTF8.self)
            return Result(status: running.wait().code, output: output)
        } catch {
            throw LoadError("\(program): \(error)")
        }
    }

    /// Returns the path of a program, from the given directories, PATH, and the directories in which Debian installs
    /// daemons.
    static func find(_ name: String, in directories: [String] = []) -> String? {
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let places = directories + path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/local/sbin"]
        return places.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }
}

/// The error for a peer that is not installed.
struct MissingPeer: Error, CustomStringConvertible {
    let name: String
    var description: String { "\(name) is not installed; make bench-peers does that" }
}

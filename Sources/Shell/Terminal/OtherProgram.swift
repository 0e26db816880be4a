import Glibc
import POSIX

/// Runs other programs from PATH to their end. They write their errors to the standard error of this program.
enum OtherProgram {
    /// Runs a program with an input, and returns its output. Returns nil if the program cannot be started or fails.
    ///
    /// - Parameter input: A short input, which fits into a pipe.
    static func output(of command: [String], input: some Collection<UInt8>) -> [UInt8]? {
        guard let given = try? PipeEnds(), let taken = try? PipeEnds() else { return nil }
        let process = try? ChildProcess(Launch(command, input: given.read, output: taken.write))
        close(given.read)
        close(taken.write)
        defer { close(taken.read) }
        // The input fits into the pipe, so this does not block.
        if process != nil { FileIO.write(input, to: given.write) }
        close(given.write)
        guard let process else { return nil }
        let output = FileIO.read(taken.read)
        return process.wait() == .exited(0) ? output : nil
    }

    /// Runs a program with an input. Its output goes to standard output, and it may end before it has read all of the
    /// input. Returns false if it cannot be started.
    static func show(_ input: some Collection<UInt8>, by command: [String]) -> Bool {
        guard let given = try? PipeEnds() else { return false }
        let process = try? ChildProcess(Launch(command, input: given.read, output: STDOUT_FILENO))
        close(given.read)
        defer { process?.wait() }
        defer { close(given.write) }
        guard process != nil else { return false }
        FileIO.write(input, to: given.write)
        return true
    }

    /// Runs a program on the terminal. Returns nil if it cannot be started.
    static func run(_ command: [String]) -> ChildProcess.End? {
        // Ctrl-C belongs to the program.
        let interrupt = signal(SIGINT, SIG_IGN)
        defer { signal(SIGINT, interrupt) }
        let process = try? ChildProcess(Launch(command, input: STDIN_FILENO, output: STDERR_FILENO))
        return process?.wait()
    }
}

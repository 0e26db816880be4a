import Glibc
import POSIX

/// Another program, which is found in PATH, run to its end. Its errors go where those of this program do.
enum OtherProgram {
    /// Gives `input` to the program and returns what it writes; nil when it cannot be started or ends with another status
    /// than 0.
    static func output(of command: [String], input: some Collection<UInt8>) -> [UInt8]? {
        guard let given = try? PipeEnds(), let taken = try? PipeEnds() else { return nil }
        let process = try? ChildProcess(Launch(command, input: given.read, output: taken.write))
        close(given.read)
        close(taken.write)
        defer { close(taken.read) }
        // What it is given is little enough to lie in the pipe.
        if process != nil { FileIO.write(input, to: given.write) }
        close(given.write)
        guard let process else { return nil }
        let output = FileIO.read(taken.read)
        return process.wait() == .exited(0) ? output : nil
    }

    /// Gives `input` to the program, whose output is ours; false when it cannot be started. It may end before it has read
    /// all.
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
}

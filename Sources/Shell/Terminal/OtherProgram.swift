import Glibc
import POSIX
import Synchronization

/// Runs other programs from PATH to their end. They write their errors to the standard error of this program.
///
/// A program that is killed may leave the terminal without echo, or in the hands of another process group. Afterwards
/// the terminal has the settings that it had before.
enum OtherProgram {
    /// Runs a program with an input, and returns its output. Returns nil if the program cannot be started or fails.
    ///
    /// - Parameter input: A short input, which fits into a pipe.
    static func output(of command: [String], input: some Collection<UInt8>) -> [UInt8]? {
        guard let given = try? PipeEnds(), let taken = try? PipeEnds() else { return nil }
        return keepingTerminal {
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
    }

    /// Runs a program with an input. Its output goes to standard output, and it may end before it has read all of the
    /// input. Returns false if it cannot be started.
    static func show(_ input: some Collection<UInt8>, by command: [String]) -> Bool {
        guard let given = try? PipeEnds() else { return false }
        return keepingTerminal {
            let process = try? ChildProcess(Launch(command, input: given.read, output: STDOUT_FILENO))
            close(given.read)
            defer { process?.wait() }
            defer { close(given.write) }
            guard process != nil else { return false }
            FileIO.write(input, to: given.write)
            return true
        }
    }

    /// Runs a program on the terminal. Returns nil if it cannot be started.
    static func run(_ command: [String]) -> ChildProcess.End? {
        // Ctrl-C and Ctrl-\ belong to the program.
        let handlers = SignalHandlers(ignoring: [SIGINT, SIGQUIT])
        defer { handlers.restore() }
        return keepingTerminal {
            guard let process = try? ChildProcess(Launch(command, input: STDIN_FILENO, output: STDERR_FILENO)) else {
                return nil
            }
            DeferredTermination.otherProgram.store(process.pid, ordering: .relaxed)
            defer { DeferredTermination.otherProgram.store(0, ordering: .relaxed) }
            return process.wait()
        }
    }

    /// Runs `body`, and gives the terminal its settings back. A program in the background has none to give.
    private static func keepingTerminal<Result>(_ body: () -> Result) -> Result {
        let terminal = RawTerminal.input
        var settings = termios()
        guard terminal >= 0, tcgetpgrp(terminal) == getpgrp(), tcgetattr(terminal, &settings) == 0 else {
            return body()
        }
        defer {
            // The program that ran may have left this one in the background, where it would be stopped.
            var blocked = sigset_t()
            var previous = sigset_t()
            sigemptyset(&blocked)
            sigaddset(&blocked, SIGTTOU)
            pthread_sigmask(SIG_BLOCK, &blocked, &previous)
            tcsetpgrp(terminal, getpgrp())
            tcsetattr(terminal, TCSADRAIN, &settings)
            pthread_sigmask(SIG_SETMASK, &previous, nil)
        }
        return body()
    }
}

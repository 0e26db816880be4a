import CGNU
import Glibc
import POSIX
import Synchronization

/// A process that the harness has started, and that does not outlive it.
///
/// It is to be started on the main thread: the kernel kills it when that thread ends, however it ends.
final class Child: Sendable {
    let pid: pid_t
    /// Where its output is.
    let log: String
    private let status = Mutex<Int32?>(nil)

    /// Starts a program with no input. It knows all of the harness's environment.
    /// - Parameters:
    ///   - program: a path.
    ///   - log: the file for its output, which is made anew.
    ///   - processor: the only one that it may use; nil for all.
    init(_ program: String, _ arguments: [String], log: String, processor: Int? = nil) throws(LoadError) {
        self.log = log
        guard access(program, X_OK) == 0 else { throw LoadError("\(program): no such program") }
        // setpriv becomes the program, so the number is the program's too.
        let words = ["/usr/bin/setpriv", "--pdeathsig", "KILL", program] + arguments
        pid = try Children.start { () throws(LoadError) in
            try Self.spawn(words, input: "/dev/null", output: log, O_CREAT | O_TRUNC, processor: processor)
        }
    }

    /// Starts a program on a terminal.
    init(_ program: String, _ arguments: [String], terminal: Terminal) throws(LoadError) {
        log = "/dev/null"
        let words = ["/usr/bin/setpriv", "--pdeathsig", "KILL", program] + arguments
        pid = try Children.start { () throws(LoadError) in
            try Self.spawn(words, input: terminal.path, output: terminal.path, 0, processor: nil)
        }
    }

    private static func spawn(
        _ words: [String], input: String, output: String, _ flags: Int32, processor: Int?
    ) throws(LoadError) -> pid_t {
        // No program but this one gets them, and none of them becomes the harness' own terminal.
        let files = [
            open(input, O_RDWR | O_CLOEXEC | O_NOCTTY), open(output, O_WRONLY | O_CLOEXEC | O_NOCTTY | flags, 0o600),
        ]
        defer { for file in files { close(file) } }
        guard files.allSatisfy({ $0 >= 0 }) else { throw .system(output) }
        let launch = Launch(words, input: files[0], output: files[1], errors: files[1])
        return try Processors.using(processor) {
            Result { () throws(SystemError) in try launch.start() }
        }.mapError { LoadError("\(words[0]): \($0)") }.get()
    }

    deinit { end() }

    var isRunning: Bool { status.withLock { reap(&$0, WNOHANG) == nil } }

    /// Asks it to stop, and waits until it has; after five seconds it is killed.
    func end(_ signal: Int32 = SIGTERM) {
        status.withLock { status in
            guard reap(&status, WNOHANG) == nil else { return }
            kill(pid, signal)
            let limit = Clock.now() + 5_000_000_000
            while reap(&status, WNOHANG) == nil {
                if Clock.now() > limit { kill(pid, SIGKILL) }
                usleep(500)
            }
        }
    }

    /// The wait status; nil while it runs. Its number is given up here, so no signal can go to another process.
    private func reap(_ status: inout Int32?, _ options: Int32) -> Int32? {
        guard status == nil else { return status }
        var value: Int32 = 0
        guard waitpid(pid, &value, options) == pid else { return nil }
        Children.remove(pid)
        status = value
        return value
    }

    /// The last line of its output.
    var lastWords: String {
        let lines = (try? TextFile.read(log))?.split(separator: "\n") ?? []
        return lines.last.map(String.init) ?? "it said nothing"
    }
}

/// The numbers of the processes that run.
enum Children {
    private static let running = Mutex<Set<pid_t>>([])

    static func start(_ spawn: () throws(LoadError) -> pid_t) throws(LoadError) -> pid_t {
        try running.withLock { running throws(LoadError) in
            let pid = try spawn()
            running.insert(pid)
            return pid
        }
    }

    static func remove(_ pid: pid_t) { running.withLock { _ = $0.remove(pid) } }

    /// Kills them all. No other is started while `cleanUp` runs, which does not return.
    static func killAll(_ cleanUp: () -> Never) -> Never {
        running.withLock { running in
            for pid in running { kill(pid, SIGKILL) }
            cleanUp()
        }
    }
}

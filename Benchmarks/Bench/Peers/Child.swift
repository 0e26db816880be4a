import CGNU
import Glibc
import POSIX
import Synchronization

/// A process that the harness has started, and that ends with the harness.
///
/// It must be started on the main thread, because the kernel kills it when that thread ends in any way.
final class Child: Sendable {
    let pid: pid_t
    /// The file with its output.
    let log: String
    private let status = Mutex<Int32?>(nil)

    /// Starts a program without input. It inherits the environment of the harness.
    ///
    /// - Parameters:
    ///   - program: The path of the program.
    ///   - log: The file for its output. An existing file is emptied.
    ///   - processor: The only processor that it may use; nil for all.
    init(_ program: String, _ arguments: [String], log: String, processor: Int? = nil) throws(LoadError) {
        self.log = log
        guard access(program, X_OK) == 0 else { throw LoadError("\(program): no such program") }
        // setpriv becomes the program, so its process id is also the program's.
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
        // No other program inherits these files, and none of them becomes the harness's own terminal.
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

    /// Sends the signal, and waits until the process has ended. After five seconds it is killed.
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

    /// Returns the wait status; nil while the process runs. The process id is given up here, so no signal can go to
    /// another process.
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

/// The ids of the running processes.
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

    /// Kills all processes. No other process is started while `cleanUp` runs, and `cleanUp` does not return.
    static func killAll(_ cleanUp: () -> Never) -> Never {
        running.withLock { running in
            for pid in running { kill(pid, SIGKILL) }
            cleanUp()
        }
    }
}

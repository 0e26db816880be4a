import CGNU
import Glibc
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
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDWR, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | flags, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var arguments = words.map { strdup($0) } + [nil]
        defer { for word in arguments { free(word) } }
        var pid = pid_t()
        let error = Processors.using(processor) {
            posix_spawn(&pid, words[0], &actions, &attributes, &arguments, environ)
        }
        guard error == 0 else { throw LoadError("\(words[0]): \(String(cString: strerror(error)))") }
        return pid
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

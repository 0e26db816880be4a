import Foundation
import TestKit
import Testing

/// The daemons run as processes. The tests see them as the kernel and other programs do.
@Suite("The process of a daemon", .serialized)
struct ProcessTests {
    private static let isRoot = geteuid() == 0
    private static let warning = "running as root; use --user to run as another user"
    private static let proxy = ["--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1"]

    /// Returns the words after `label` in one of the files in which the kernel describes a process.
    private static func words(_ label: String, in file: String, of program: Program) throws -> [Substring] {
        let text = try String(contentsOfFile: "/proc/\(program.pid)/\(file)", encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(label) })
        return line.dropFirst(label.count).split(whereSeparator: \.isWhitespace)
    }

    /// Returns the user that the kernel lets look into the process: the process's own user if the process may be
    /// dumped, and root otherwise.
    private static func observer(of program: Program) throws -> uid_t {
        var status = stat()
        try #require(stat("/proc/\(program.pid)/environ", &status) == 0)
        return status.st_uid
    }

    /// Returns the command that runs a daemon as a user other than root. It uses setpriv(1) if the test runs as root.
    private static func unprivileged(_ name: String, _ arguments: [String]) -> (path: String, words: [String]) {
        let path = Repository.programs.appending(path: name).path
        guard isRoot else { return (path, arguments) }
        return ("/usr/bin/setpriv", ["--reuid", "nobody", "--regid", "65534", "--clear-groups", path] + arguments)
    }

    /// Runs a program that should end by itself. If it does not, timeout(1) ends it.
    private static func run(_ path: String, _ arguments: [String]) async throws -> Tool.Result {
        try await Tool.run("/usr/bin/timeout", ["60", path] + arguments)
    }

    /// Returns a directory with a data directory, which `claverod init` made and the user nobody owns.
    private static func data() async throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        #expect(chmod(directory.path, 0o755) == 0)
        let data = "\(directory.path)/data"
        let claverod = Repository.programs.appending(path: "claverod").path
        #expect(try await Tool.run(claverod, ["init", data]).status == 0)
        #expect(try await Tool.run("/bin/chown", ["-R", "nobody", data]).status == 0)
        return directory
    }

    /// Whether other users can run the programs that were built.
    private static let isReachable: Bool = {
        let (path, words) = unprivileged("clavero-proxy", ["--version"])
        return (try? Tool.runBlocking(path, words))?.status == 0
    }()

    @Test("A daemon leaves no core, its files are private, and SIGPIPE, SIGXFSZ and SIGHUP do not end it")
    func hardening() async throws {
        let program = try Program("clavero-proxy", Self.proxy)
        _ = try await program.port()
        #expect(try Self.words("Max core file size", in: "limits", of: program).prefix(2) == ["0", "0"])
        #expect(try Self.words("Umask:", in: "status", of: program) == ["0077"])
        let ignored = try #require(UInt64(Self.words("SigIgn:", in: "status", of: program)[0], radix: 16))
        #expect(ignored & 1 << (SIGPIPE - 1) != 0 && ignored & 1 << (SIGXFSZ - 1) != 0)
        program.signal(SIGHUP)
        program.signal(SIGTERM)
        #expect(try await program.status() == 0)
        #expect(program.log.contains { $0.contains(Self.warning) } == Self.isRoot)
    }

    @Test("At SIGHUP the server reads its keys again, and keeps the old ones if it cannot use them")
    func hangUp() async throws {
        let directory = try TemporaryDirectory()
        let data = "\(directory.path)/data"
        let claverod = Repository.programs.appending(path: "claverod").path
        #expect(try await Tool.run(claverod, ["init", data]).status == 0)
        let server = ["--plugins", "keys,auth", "--data-dir", data, "--listen", "127.0.0.1:0"]
        let program = try Program("claverod", server)
        _ = try await program.port()
        program.signal(SIGHUP)
        _ = try await program.line { $0.contains("\"message\":\"the keys were reloaded\"") }
        #expect(chmod("\(data)/token.key", 0o644) == 0)
        program.signal(SIGHUP)
        let line = try await program.line {
            $0.contains("\"message\":\"the new keys cannot be used; the server keeps the old ones\"")
        }
        #expect(line.contains("\(data)/token.key: other users have access to it"))
        program.signal(SIGTERM)
        #expect(try await program.status() == 0)
    }

    @Test(
        "A daemon's own user cannot look into it", .enabled(if: isReachable, "needs programs that every user can start")
    )
    func dumpable() async throws {
        let (path, words) = Self.unprivileged("clavero-proxy", Self.proxy)
        let program = try Program(path, words)
        _ = try await program.port()
        #expect(try Self.words("Uid:", in: "status", of: program) != ["0", "0", "0", "0"])
        #expect(try Self.observer(of: program) == 0)
        #expect(!program.log.contains { $0.contains(Self.warning) })
    }

    @Test("A daemon that root starts becomes the user in its options", .enabled(if: isRoot, "needs root"))
    func userAsRoot() async throws {
        let directory = try await Self.data()
        let groups = try await Tool.run("/usr/bin/id", ["-G", "nobody"]).output.split(whereSeparator: \.isWhitespace)
        let server = ["--plugins", "keys,auth", "--data-dir", "\(directory.path)/data", "--listen", "127.0.0.1:0"]
        for (name, arguments) in [("claverod", server), ("clavero-proxy", Self.proxy)] {
            let path = Repository.programs.appending(path: name).path
            let program = try Program("/usr/bin/setpriv", ["--groups", "0,1", path, "--user", "nobody"] + arguments)
            _ = try await program.port()
            for label in ["Uid:", "Gid:"] {
                let ids = try Self.words(label, in: "status", of: program)
                #expect(ids == Array(repeating: "65534", count: 4), "\(name) \(label)")
            }
            #expect(try Self.words("Groups:", in: "status", of: program) == groups, "\(name)")
            #expect(try Self.words("CapEff:", in: "status", of: program) == ["0000000000000000"], "\(name)")
            #expect(try Self.observer(of: program) == 0)
            #expect(!program.log.contains { $0.contains(Self.warning) })
            program.signal(SIGTERM)
            #expect(try await program.status() == 0)
        }
    }

    /// The test looks at each thread, because the kernel keeps ids for each thread.
    @Test("All threads of a daemon become the user in its options", .enabled(if: isRoot, "needs root"))
    func threadsAsRoot() async throws {
        let program = try Program("clavero-proxy", ["--user", "nobody", "--threads", "4"] + Self.proxy)
        _ = try await program.port()
        let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(program.pid)/task")
        #expect(threads.count > 4)
        for thread in threads {
            let ids = try Self.words("Uid:", in: "task/\(thread)/status", of: program)
            #expect(ids == Array(repeating: "65534", count: 4))
        }
    }

    @Test(
        "A daemon warns at its start that it cannot read its settings again",
        .enabled(if: isRoot, "needs root"))
    func unreadableAsRoot() async throws {
        let directory = try await Self.data()
        let file = "\(directory.path)/daemon.conf"
        try "idle-timeout = 60\n".write(toFile: file, atomically: true, encoding: .utf8)
        let server = ["--plugins", "keys,auth", "--data-dir", "\(directory.path)/data", "--listen", "127.0.0.1:0"]
        for (name, arguments) in [("claverod", server), ("clavero-proxy", Self.proxy)] {
            for (mode, isSaid) in [(0o600, true), (0o644, false)] as [(mode_t, Bool)] {
                #expect(chmod(file, mode) == 0)
                let program = try Program(name, ["--user", "nobody", "--config", file] + arguments)
                _ = try await program.port()
                let lines = program.log.filter { $0.contains("\"message\":\"the settings cannot be reloaded\"") }
                #expect(lines.count == (isSaid ? 1 : 0), "\(name): \(lines)")
                #expect(lines.allSatisfy { $0.contains("daemon.conf: cannot be read") })
                program.signal(SIGTERM)
                #expect(try await program.status() == 0)
            }
        }
    }

    @Test(
        "An unknown user is reported in one line, before anything is opened", arguments: ["claverod", "clavero-proxy"])
    func unknown(_ name: String) async throws {
        let arguments = name == "claverod" ? ["--plugins", "keys", "--data-dir", "/nonexistent"] : Self.proxy
        let path = Repository.programs.appending(path: name).path
        let result = try await Self.run(path, ["--user", "no-such-user"] + arguments)
        #expect(result.status == 78)
        #expect(result.errors == "\(name): --user no-such-user: no such user\n")
    }

    @Test(
        "A daemon that root did not start keeps its user",
        .enabled(if: isReachable, "needs programs that every user can start"))
    func unprivileged() async throws {
        let (path, words) = Self.unprivileged("clavero-proxy", ["--user", "root"] + Self.proxy)
        let result = try await Self.run(path, words)
        #expect(result.status == 77)
        #expect(result.errors == "clavero-proxy: --user root: only root can become another user\n")
        let name = Self.isRoot ? "nobody" : NSUserName()
        let same = Self.unprivileged("clavero-proxy", ["--user", name] + Self.proxy)
        let program = try Program(same.path, same.words)
        _ = try await program.port()
        program.signal(SIGTERM)
        #expect(try await program.status() == 0)
    }
}

import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Interfaces, files and libraries around a program", .serialized)
    struct Surroundings {
        private static let mark = "\u{FEFF}"

        private static func site(_ directory: TemporaryDirectory) async throws -> String {
            let data = "\(directory.path)/data"
            #expect(try await Tools.run(Tools.own("claverod"), ["init", data]).status == 0)
            return data
        }

        /// Compiles a shared library from C code. Returns nil and prints a message if the machine has no C compiler.
        private static func library(_ code: String, _ directory: TemporaryDirectory) async throws -> String? {
            let (source, library) = ("\(directory.path)/a.c", "\(directory.path)/a.so")
            try code.write(toFile: source, atomically: false, encoding: .utf8)
            let compiler = ["cc", "clang", "gcc"].lazy.map { "/usr/bin/\($0)" }
                .first { FileManager.default.isExecutableFile(atPath: $0) }
            guard let compiler else {
                print("A preloaded library: not tried, since there is no C compiler")
                return nil
            }
            let made = try await Tools.run(compiler, ["-shared", "-fPIC", "-o", library, source])
            try #require(made.status == 0, "\(made.errors)")
            return library
        }

        /// Whether the proxy answers NOOP at a host.
        private static func greets(_ host: String, _ port: Int) async throws -> Bool {
            let options = ["--host", host, "--port", "\(port)", "--tls", "off", "NOOP"]
            return try await Tools.run(Tools.own("clavero"), options, seconds: 10).status == 0
        }

        @Test("A proxy on every interface is reached by IPv4 and IPv6, and logs its address", arguments: ["*", "[::]"])
        func everyInterface(_ host: String) async throws {
            let proxy = try Program("clavero-proxy", ["--listen", "\(host):0", "--upstream", "127.0.0.1:1"])
            let port = try await proxy.port()
            #expect(proxy.log.contains { $0.contains("\"address\":\"\(host):\(port)\"") })
            // On Linux, all addresses of 127.0.0.0/8 belong to this machine.
            for host in ["127.0.0.1", "127.9.9.9"] { #expect(try await Self.greets(host, port), "\(host)") }
            if FileManager.default.fileExists(atPath: "/proc/net/if_inet6") {
                #expect(try await Self.greets("::1", port))
            }
            let check = ["check", "--listen", "\(host):\(port)", "--upstream", "127.0.0.1:1"]
            let asked = try await Tools.run(Tools.own("clavero-proxy"), check)
            #expect(asked.errors.contains("a server has not announced its commands yet"), "\(asked)")
            proxy.signal(SIGTERM)
        }

        @Test("On a machine without IPv6 a proxy on every interface listens on the IPv4 interfaces")
        func withoutIPv6() async throws {
            let directory = try TemporaryDirectory()
            let code = """
                #define _GNU_SOURCE
                #include <dlfcn.h>
                #include <errno.h>
                #include <sys/socket.h>
                int socket(int family, int type, int protocol) {
                    if (family == AF_INET6) { errno = EAFNOSUPPORT; return -1; }
                    return ((int (*)(int, int, int))dlsym(RTLD_NEXT, "socket"))(family, type, protocol);
                }
                """
            guard let library = try await Self.library(code, directory) else { return }
            let proxy = try Program(
                "clavero-proxy", ["--listen", "*:0", "--upstream", "127.0.0.1:1"], environment: ["LD_PRELOAD": library])
            #expect(try await Self.greets("127.9.9.9", try await proxy.port()))
            proxy.signal(SIGTERM)
        }

        @Test("The address of every interface is refused as one to connect to")
        func everyUpstream() async throws {
            let proxy = try await Tools.run(
                Tools.own("clavero-proxy"), ["--listen", "127.0.0.1:0", "--upstream", "*:1"], seconds: 10)
            #expect(proxy.status == 64 && proxy.errors.contains("--upstream: *"))
            #expect(try await Tools.run(Tools.own("clavero"), ["--host", "*", "NOOP"], seconds: 10).status == 64)
        }

        @Test("A library that sets a variable before main hides no argument, even an empty one")
        func preloaded() async throws {
            let directory = try TemporaryDirectory()
            let code = """
                #include <stdlib.h>
                __attribute__((constructor)) static void start(void) { setenv("AGENT_LOADED", "1", 1); }
                """
            guard let library = try await Self.library(code, directory) else { return }
            let environment = ["LD_PRELOAD": library]
            for program in ["claverod", "clavero-proxy", "clavero"] {
                let plain = try await Tools.run(Tools.own(program), ["--version"])
                let loaded = try await Tools.run(Tools.own(program), ["--version"], environment: environment)
                #expect(loaded.status == 0 && loaded.output == plain.output && !plain.output.isEmpty)
                let words = program == "clavero" ? ["--host", ""] : ["", "frob"]
                let (one, other) = (
                    try await Tools.run(Tools.own(program), words),
                    try await Tools.run(Tools.own(program), words, environment: environment)
                )
                #expect(one.status != 0 && one.errors == other.errors, "\(program): \(other)")
            }
        }

        @Test("An argument of a daemon that is not valid text is refused, and its position is named")
        func notText() async throws {
            for program in ["claverod", "clavero-proxy"] {
                let command = "exec '\(Tools.own(program))' --config \"$(printf '/\\377')\""
                let result = try await Tools.run("/bin/sh", ["-c", command])
                #expect(result.status == 64)
                #expect(result.errors == "\(program): argument 2 is not UTF-8\n")
            }
        }

        @Test("Every program ignores a byte order mark at the beginning of a text file")
        func byteOrderMark() async throws {
            let directory = try TemporaryDirectory()
            let data = try await Self.site(directory)
            let files = [
                "root.key", "token.key", "token.pub", "audit.key", "audit.pub", "tls/server.crt", "tls/server.key",
                "link/ca.crt", "link/keys.crt", "link/keys.key", "link/proxy.crt", "link/proxy.key",
            ]
            for file in files.map({ URL(filePath: "\(data)/\($0)") }) {
                let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]!
                let text = try Data(contentsOf: file)
                try (Data(Self.mark.utf8) + text).write(to: file)
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
            }
            let settings = "\(directory.path)/keys.conf"
            try """
            \(Self.mark)plugins = keys,auth
            listen = 127.0.0.1:0
            link-tls = always
            """.write(toFile: settings, atomically: false, encoding: .utf8)
            let server = try Program("claverod", ["--config", settings, "--data-dir", data])
            let upstream = try await server.port()
            let link = ["certificate", "key"].flatMap {
                ["--link-\($0)", "\(data)/link/proxy.\($0 == "key" ? "key" : "crt")"]
            }
            let proxy = try Program(
                "clavero-proxy",
                [
                    "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:\(upstream)", "--link-tls", "always",
                    "--link-authority", "\(data)/link/ca.crt", "--tls-certificate", "\(data)/tls/server.crt",
                    "--tls-key",
                    "\(data)/tls/server.key",
                ] + link)
            let port = try await proxy.port()
            try await Self.askByMarkedFiles(port, "\(data)/tls/server.crt", directory)
            for program in [proxy, server] {
                program.signal(SIGTERM)
                #expect(try await program.status() == 0)
            }
            let verified = try await Tools.run(
                Tools.own("claverod"), ["audit", "verify", "\(data)/audit-keys-auth.log"])
            #expect(verified.status == 0, "\(verified)")
            for words in [["rewrap", data], ["rotate", data]] {
                let result = try await Tools.run(Tools.own("claverod"), words)
                #expect(result.status == 0, "\(result.errors)")
            }
        }

        /// Signs up and then logs in with files that each begin with a byte order mark.
        private static func askByMarkedFiles(
            _ port: Int, _ authority: String, _ directory: TemporaryDirectory
        ) async throws {
            let (password, folder) = ("\(directory.path)/password", "\(directory.path)/clavero")
            let environment = ["XDG_CONFIG_HOME": directory.path, "HOME": directory.path]
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try "\(mark)[gate]\nhost = localhost\nport = \(port)\ntls = starttls\nca = \(authority)\n".write(
                toFile: "\(folder)/config", atomically: false, encoding: .utf8)
            try "\(mark)correct horse\n".write(toFile: password, atomically: false, encoding: .utf8)
            chmod(password, 0o600)
            let shell = Tools.own("clavero")
            var signedUp = false
            // The proxy may not yet know the commands of the server.
            while !signedUp, !Task.isCancelled {
                let script = "\(mark)SIGNUP alice \"correct horse\"\n"
                let result = try await Tools.run(shell, ["gate"], input: script, environment: environment)
                signedUp = result.status == 0
                guard signedUp || result.errors.contains(" 4") else { throw Mismatch("\(result)") }
            }
            let who = try await Tools.run(
                shell, ["--user", "alice", "--password-file", password, "gate", "WHOAMI"], environment: environment)
            #expect(who.output == "alice\n", "\(who)")
        }
    }
}

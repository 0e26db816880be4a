import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("--check-config", .serialized)
    struct CheckConfig {
        private static func check(
            _ program: String, _ options: [String], environment: [String: String] = [:]
        ) async throws -> Tool.Result {
            try await Tools.run(
                Tools.own(program), options + ["--check-config"], environment: environment, seconds: 20)
        }

        @Test("Every problem of a server's settings and files has a line, and nothing is made")
        func server() async throws {
            let directory = try TemporaryDirectory()
            try await Sample.makeSite(in: directory.path)
            let (data, file) = ("\(directory.path)/data", "\(directory.path)/keys.conf")
            try """
            plugins = keys,auth
            # ours
            threads = many
            data-dir = \(data)
            frob = 1
            link-tls = always
            audit-log = \(directory.path)/none/audit.log
            plugin-verbs = book=GUEST
            idle-timeout = 0
            """.write(toFile: file, atomically: true, encoding: .utf8)
            chmod("\(data)/root.key", 0o644)
            try FileManager.default.removeItem(atPath: "\(data)/link/keys.key")
            try "no database".write(toFile: "\(data)/clavero.db", atomically: false, encoding: .utf8)
            let before = try Listing(of: directory.path)
            let result = try await Self.check("claverod", ["--config", file], environment: ["CLAVERO_MAX_LINE": "x"])
            #expect(result.status == 78 && result.output == "")
            let expected = [
                "\(file):5: unknown key \"frob\"", "\(file):3: The value 'many' is invalid for '--threads <number>'",
                "CLAVERO_MAX_LINE: The value 'x' is invalid for '--max-line <bytes>'",
                "\(file):9: --idle-timeout must be at least 1",
                "\(file):4: \(data)/root.key: ", "\(file):4: \(data)/clavero.db: not a Clavero database",
                "\(file):4: \(data)/link/keys.key: no such file",
                "\(file):7: \(directory.path)/none: no such directory",
                "\(file):8: book: no such plugin",
            ]
            for line in expected {
                #expect(result.errors.lines.count { $0.hasPrefix("claverod: \(line)") } == 1, "\(line)")
            }
            #expect(result.errors.lines.count == expected.count, "\(result.errors)")
            #expect(try Listing(of: directory.path) == before)
        }

        @Test("Every problem of a proxy's settings and files has a line: wrong, expired, and of another key")
        func proxy() async throws {
            let directory = try TemporaryDirectory()
            try await Sample.makeSite(in: directory.path)
            let (data, file) = ("\(directory.path)/data", "\(directory.path)/proxy.conf")
            let script = """
                set -e; umask 077; cd '\(directory.path)'
                openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x -keyout c.key -out c.csr
                openssl x509 -req -in c.csr -signkey c.key -days -1 -out c.crt
                """
            let made = try await Tools.run("/bin/sh", ["-c", script])
            try #require(made.status == 0, "\(made.errors)")
            try """
            listen = 127.0.0.1:0
            tls-certificate = \(directory.path)/c.crt
            tls-key = \(directory.path)/c.key
            upstream = 127.0.0.1:1
            link-tls = always
            link-certificate = \(data)/link/proxy.crt
            link-key = \(data)/link/keys.key
            link-authority = \(data)/link/ca.crt
            admin-socket = \(directory.path)/c.crt
            sign-up = open
            """.write(toFile: file, atomically: true, encoding: .utf8)
            let result = try await Self.check("clavero-proxy", ["--config", file])
            let expected = [
                "\(file):10: sign-up is a setting of the key server",
                "\(file):7: \(data)/link/keys.key: not the private key",
                "\(file):2: \(directory.path)/c.crt: a certificate has expired",
                "\(file):9: \(directory.path)/c.crt: a file of that name exists and is not a socket",
            ]
            #expect(result.status == 78)
            for line in expected {
                #expect(result.errors.lines.count { $0.hasPrefix("clavero-proxy: \(line)") } == 1, "\(line)")
            }
            #expect(result.errors.lines.count == expected.count, "\(result.errors)")
        }

        @Test("A check beside a running server disturbs nothing, and works without a file")
        func running() async throws {
            try await LiveSite.run { site in
                let options = [
                    "--plugins", "keys", "--data-dir", site.dataDirectory, "--listen", "127.0.0.1:\(site.keys.port)",
                ]
                let result = try await Self.check("claverod", options)
                #expect(result.status == 0 && result.output == "claverod: the settings are good\n", "\(result)")
                let named = try await Self.check("claverod", ["serve"] + options)
                #expect(named.status == 0, "\(named)")
                #expect(try await Tools.run(Tools.own("claverod"), ["check"] + options).status == 0)
            }
        }

        @Test("An unknown variable is a warning that names the nearest one, unless another program uses it")
        func variables() async throws {
            let environment = [
                "CLAVERO_LISSEN": "x", "CLAVERO_TOKEN_LIFETIME": "60", "CLAVERO_HOST": "x", "CLAVERO_TEST_ENGINE": "x",
                "CLAVERO_PROXY_SERVICE_HOST": "10.0.0.1", "CLAVERO_PROXY_PORT_6000_TCP_ADDR": "10.0.0.1",
                "CLAVERO_KEYS2_PORT": "tcp://10.0.0.1:6000", "CLAVERO_NONSENSE": "x",
            ]
            let lissen = "CLAVERO_LISSEN has no effect: no setting has this name; did you mean CLAVERO_LISTEN?"
            let lifetime = "CLAVERO_TOKEN_LIFETIME has no effect: it is a setting of the auth server"
            let nonsense = "CLAVERO_NONSENSE has no effect: no setting has this name"
            let start = "clavero-proxy: warning: the variable "
            let options = ["--upstream", "127.0.0.1:1", "--listen", "127.0.0.1:0"]
            let result = try await Self.check("clavero-proxy", options, environment: environment)
            #expect(result.status == 0)
            #expect(result.errors.lines == [lissen, nonsense, lifetime].map { start + $0 })
            let proxy = try Program("clavero-proxy", options, environment: environment)
            _ = try await proxy.port()
            let warnings = proxy.log.filter { $0.contains("a variable of the environment has no effect") }
            #expect(warnings.count == 3 && warnings[0].contains("did you mean CLAVERO_LISTEN?"), "\(proxy.log)")
            proxy.signal(SIGTERM)
            #expect(try await proxy.status() == 0)
        }

        @Test("The servers of a site need the same name")
        func siteName() async throws {
            let directory = try TemporaryDirectory()
            let data = "\(directory.path)/data"
            try await LiveSite.makeData(data)
            let auth = try await LiveSite.Daemon(
                "claverod", ["--plugins", "auth", "--data-dir", data, "--site", "one"])
            let other = try await Tools.run(
                Tools.own("claverod"),
                ["--plugins", "keys", "--data-dir", data, "--site", "two", "--listen", "127.0.0.1:0"], seconds: 20)
            #expect(other.status == 75)
            #expect(
                other.errors.lines.last
                    == "claverod: --site two: the auth server of this site has the name one; give both the same, and "
                    + "start the auth server first")
            let keys = try await LiveSite.Daemon(
                "claverod", ["--plugins", "keys", "--data-dir", data, "--site", "one"])
            for daemon in [auth, keys] {
                daemon.program.signal(SIGTERM)
                #expect(try await daemon.program.status() == 0)
            }
            let renamed = try await LiveSite.Daemon(
                "claverod", ["--plugins", "auth", "--data-dir", data, "--site", "two"])
            #expect(renamed.program.log.contains { $0.contains("the site has a new name") && $0.contains("\"one\"") })
            renamed.program.signal(SIGTERM)
            #expect(try await renamed.program.status() == 0)
        }
    }
}

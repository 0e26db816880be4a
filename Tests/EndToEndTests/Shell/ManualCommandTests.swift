import Foundation
import TestKit
import Testing

extension EndToEnd {
    /// The tests run the blocks of commands on these pages, except those that need systemd or another user. Dialogues
    /// with netcat are tested as transcripts.
    @Suite("The operator's commands in the manual", .serialized, .timeLimit(.minutes(4)))
    struct ManualCommands {
        private static let keysCheck = "claverod check --plugins keys --data-dir /var/lib/clavero"
        private static let authCheck = "claverod check --plugins auth --data-dir /var/lib/clavero"
        private static let start = "$ claverod init --name gate.example /var/lib/clavero"

        /// Returns a shell with a site that the page's `init` has made.
        private static func made() async throws -> ManualShell {
            let shell = try ManualShell()
            shell.set("CLAVERO_LISTEN", "127.0.0.1:\(try Loopback.freePort())")
            for port in [5000, 5001] { try shell.substitute(port: port) }
            try await shell.run([start])
            return shell
        }

        @Test("The servers of claverod(8) start by hand, with a configuration file, by systemd, and for other machines")
        func servers() async throws {
            let page = try ShownCommands("man/claverod.8")
            let shell = try await Self.made()
            try await shell.serve(
                page.take("# claverod init").filter { $0 != "#" + Self.start.dropFirst() }, as: Self.keysCheck)
            try await shell.serve(page.take("$ cat auth.conf"), as: Self.authCheck)
            let unit = try page.take("LoadCredentialEncrypted=").joined(separator: "\n")
            let start = try #require(unit.firstMatch(of: /ExecStart=((?:.*\\\n)*.*)/))
            let lines = "$ \(start.1)".components(separatedBy: "\n")
            try await shell.serve(lines, as: Self.keysCheck)
            let files = ["ca.crt", "proxy.crt", "proxy.key", "server.crt", "server.key"].map { "/etc/clavero/\($0)" }
            try await shell.run(
                page.take("    --listen 192.0.2.10:5000 &"),
                then: shell.substituted("\nuntil_well \(Self.keysCheck)\nls \(files.joined(separator: " "))\nended"))
            try await shell.run(
                ["$ cd /var/lib/clavero"] + page.take("$ openssl req"),
                then: "\nopenssl verify -purpose sslclient -CAfile link/ca.crt proxy2.crt")
        }

        @Test("The maintenance commands of claverod(8) run")
        func upkeep() async throws {
            let page = try ShownCommands("man/claverod.8")
            let shell = try ManualShell()
            shell.set("CLAVERO_LISTEN", "127.0.0.1:\(try Loopback.freePort())")
            try shell.substitute(port: 5001)
            shell.substitute("FORGET AFTER=30 bob", "FORGET AFTER=30 bob <bob")
            let stat = "$ clavero --socket /var/lib/clavero/keys.sock --stat"
            shell.substitute(stat.dropFirst(2) + "", stat.dropFirst(2) + " --count 1")
            let blocks = try [
                page.take("$ clavero --socket /var/lib/clavero/auth.sock ACCOUNTS"), page.take(stat),
                page.take("$ claverod backup"), page.take("$ claverod rewrap"), page.take("$ mv audit-keys.log"),
            ]
            let script = blocks.map { shell.substituted(ShownCommands.script($0)) }.joined(separator: "\n")
            let wait = """

                until_well \(Self.keysCheck)
                until_well \(Self.authCheck)
                echo 'correct horse' | clavero --socket /var/lib/clavero/keys.sock SIGNUP bob
                echo bob >bob

                """
            let output = try await shell.run(
                page.take(Self.start), then: shell.substituted(wait) + script + "\nended")
            for part in ["bob active", "clvi1.", "intact"] { #expect(output.contains(part), "\(output)") }
        }

        @Test("The commands of claverod(8) for PostgreSQL run")
        func database() async throws {
            let page = try ShownCommands("man/claverod.8")
            let shell = try await Self.made()
            let database = try await PostgresCluster.shared.database()
            let other = try await PostgresCluster.shared.database()
            shell.substitute("postgresql://clavero@db.example/clavero", "'\(database.url)'")
            shell.substitute("--database URL", "--database '\(other.url)'")
            shell.substitute("keys2.example", "gate.example")
            try await shell.run(page.take("# systemctl stop"))
            _ = try await database.run(page.take("UPDATE mark").joined())
            try await shell.run(page.take("$ claverod init --name gate.example --database"))
            let there = "claverod check --plugins keys --data-dir clavero"
            try await shell.serve(page.take("$ tar c -C site"), as: there)
            // The host does not exist. The URL's parameters are accepted, and its file is missing.
            let url = try page.take("postgresql://").map {
                $0.trimmingPrefix(while: { $0 == " " }).replacing("\\", with: "")
            }.joined()
            let start = try await Tools.run(
                Tools.own("claverod"), ["--plugins", "keys", "--data-dir", shell.data, "--database", url])
            #expect(start.status != 0 && start.errors.contains("db.crt"), "\(start.errors)")
        }

        @Test("The proxies of clavero-proxy(8) start by hand and with a configuration file")
        func proxies() async throws {
            let page = try ShownCommands("man/clavero-proxy.8")
            try await LiveSite.run([.tls]) { site in
                let shell = try await ManualShell(beside: site)
                let own = try Loopback.freePort()
                shell.set("CLAVERO_LISTEN", "127.0.0.1:\(own)")
                let servers = shell.substituted("--upstream 127.0.0.1:5000 --upstream 127.0.0.1:5001")
                try await shell.serve(page.take("$ clavero-proxy --upstream"), as: "clavero-proxy check " + servers)
                try await shell.run(page.take("$ printf 'HELP"))
                let certificate = try await shell.run(page.take("$ openssl s_client"))
                #expect(certificate.contains("DNS:gate.example"))
                for port in [6000, 6443] { try shell.substitute(port: port) }
                let listening = shell.substituted("clavero-proxy check --listen 0.0.0.0:6000 ") + servers
                try await shell.serve(page.take("# clavero-proxy --user"), as: listening)
                try await shell.serve(page.take("$ cat proxy.conf"), as: "clavero-proxy check --config proxy.conf")
            }
        }

        @Test("Both daemons start with the files of clavero.conf(5)")
        func configuration() async throws {
            let page = try ShownCommands("man/clavero.conf.5")
            let shell = try await Self.made()
            let (keys, proxy) = try (page.take("plugins = keys"), page.take("name = gate.example"))
            let run = { (program: String, name: String, file: [String]) in
                ["$ cat \(name)"] + file + ["$ \(program) --config \(name)"]
            }
            try await shell.serve(run("claverod", "keys.conf", keys), as: "claverod check --config keys.conf")
            let check = try page.take("# claverod --config")
            shell.substitute("/etc/clavero/keys.conf", "keys.conf")
            #expect(try await shell.run(check) == "claverod: keys.conf: the settings are good\n")
            try await LiveSite.run([.tls, .encryptedLinks]) { site in
                let shell = try await ManualShell(beside: site)
                for port in [6000, 6443] { try shell.substitute(port: port) }
                shell.substitute("keys.internal:5000", "gate.example:\(site.keys.port)")
                shell.substitute("auth.internal:5001", "gate.example:\(site.auth.port)")
                try await shell.serve(
                    run("clavero-proxy", "proxy.conf", proxy), as: "clavero-proxy check --config proxy.conf")
            }
            #expect(page.left == [])
        }
    }
}

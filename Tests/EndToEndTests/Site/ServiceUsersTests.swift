import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Servers with users of their own", .serialized)
    struct ServiceUsers {
        @Test(
            "Both servers serve the site while rewrap and rotate run, and neither has the other's secrets",
            .enabled(if: geteuid() == 0, "needs root, to become other users"))
        func siteAsRoot() async throws {
            let site = try await DividedSite()
            let alice = try await Client(port: site.proxy.port, as: "alice")
            let bob = try await Client(port: site.proxy.port, as: "bob")
            let before = try await alice.ask("ENCRYPT TO=bob attack at dawn").after("250 2.0.0 ")
            try await Self.requireSecrets(site)

            for words in [["rewrap"], ["rotate"], ["rewrap", "--retire"], ["certificate", "--new-keys"]] {
                let result = try await site.asOperator(words + [site.data])
                #expect(result.status == 0, "\(words): \(result.errors)")
            }
            for (server, group) in [("keys", DividedSite.keysUser), ("auth", DividedSite.authUser)] {
                #expect(site.rights("\(site.data)/link/\(server).key") == "\(DividedSite.operatorUser):\(group) 640")
            }
            let seen = site.auth.program.log.count
            site.auth.program.signal(SIGHUP)
            let line = try await site.auth.program.line(after: seen) { $0.contains("keys ") }
            #expect(line.contains("the keys were reloaded"), "\(line)")
            try await Self.requireSecrets(site)

            let after = try await alice.ask("ENCRYPT TO=bob attack at dusk").after("250 2.0.0 ")
            for (sealed, text) in [(before, "attack at dawn"), (after, "attack at dusk")] {
                let opened = try await bob.ask("DECRYPT \(sealed)")
                #expect(opened.hasPrefix("250 2.0.0 ") && opened.contains(text), "\(opened)")
            }
            let carol = try await Client(port: site.proxy.port, as: "carol")
            let token = try await carol.ask("TOKEN").after("250 2.0.0 ")
            #expect(try await bob.ask("LOGIN TOKEN=\(token)").hasPrefix("235 "))
            try await Self.requireTools(site)
            for client in [alice, bob, carol] { await client.close() }
            for daemon in [site.proxy, site.keys, site.auth] {
                daemon.program.signal(SIGTERM)
                #expect(try await daemon.program.status() == 0)
            }
            try await Self.requireDatabase(site)
        }

        /// Expects that each server's user can read only its own secrets, and can change no file of the site.
        private static func requireSecrets(_ site: DividedSite) async throws {
            let names = [
                "root.key", "token.key", "audit.key", "link/ca.key", "link/keys.key", "link/auth.key",
                "tls/server.key",
            ]
            let copies = ["keys", "auth"].map { "\(site.credentials(of: $0))/\($0).key" }
            let files = names.map { "\(site.data)/\($0)" } + copies
            let rights = ["root.key", "token.key"].map { site.rights("\(site.data)/\($0)") }
            let (first, second) = (DividedSite.keysUser, DividedSite.authUser)
            #expect(rights == [first, second].map { "\(DividedSite.operatorUser):\($0) 640" })
            for (server, user, own) in [("keys", first, "root.key"), ("auth", second, "token.key")] {
                let readable = [
                    "\(site.data)/\(own)", "\(site.data)/link/\(server).key",
                    "\(site.credentials(of: server))/\(server).key",
                ]
                for file in files {
                    let result = try await site.run(as: user, "/bin/cat", [file])
                    #expect((result.status == 0) == readable.contains(file), "\(server): \(file)")
                }
                let other = server == "keys" ? "auth" : "keys"
                for (path, target) in [
                    ("\(site.data)/root.key", "\(site.data)/x"), ("\(site.data)/token.pub", "\(site.data)/x"),
                    ("\(site.data)/db/clavero.db", "\(site.data)/x"), ("/etc/hostname", "\(site.data)/x"),
                    ("\(site.data)/db", "\(site.data)/x"),
                    ("\(site.state(of: other))/audit-\(other).log", "\(site.state(of: server))/x"),
                    ("/etc/hostname", "\(site.state(of: other))/x"),
                ] {
                    let program = path.hasPrefix("/etc/") ? "/bin/cp" : "/bin/mv"
                    let result = try await site.run(as: user, program, [path, target])
                    #expect(result.status != 0, "\(server): \(program) \(path) \(target)")
                    #expect(!FileManager.default.fileExists(atPath: target))
                }
                // With a lock on the data directory, a server's user could block the operator's commands.
                let lock = try await site.run(as: user, "/usr/bin/flock", ["--nonblock", site.data, "true"])
                #expect(lock.status != 0)
            }
        }

        /// Runs the operator's other commands, and checks the error for the wrong user.
        private static func requireTools(_ site: DividedSite) async throws {
            for server in ["keys", "auth"] {
                let check = ["--plugins", server, "--data-dir", site.data, "--state-dir", site.state(of: server)]
                let result = try await site.asOperator(["check"] + check)
                #expect(result.status == 0 && result.output.hasPrefix("healthy: database: ok"), "\(result.errors)")
            }
            let copy = "\(site.data)/copy.db"
            for words in [["backup", site.data, copy], ["restore", site.data, copy]] {
                let result = try await site.asOperator(words)
                #expect(result.status == 0, "\(words): \(result.errors)")
            }
            #expect(site.rights(copy) == "\(DividedSite.operatorUser):\(DividedSite.operatorUser) 600")
            // Root becomes the operator's user, with the groups of both servers.
            let user = DividedSite.operatorUser
            let byRoot = try await Tools.run(site.program, ["rotate", site.data])
            #expect(byRoot.status == 0, "\(byRoot.errors)")
            #expect(site.rights("\(site.data)/token.key") == "\(user):\(DividedSite.authUser) 640")
            // Without its group, the user could not make the new key readable for the server.
            let key = try Data(contentsOf: URL(filePath: "\(site.data)/root.key"))
            let alone = try await site.run(as: user, groups: [], site.program, ["rewrap", site.data])
            #expect(alone.status == 77)
            #expect(
                alone.errors == "claverod: \(site.data)/root.key: cannot be given to the group "
                    + "\(DividedSite.keysUser): this user is not a member of it\n")
            #expect(try Data(contentsOf: URL(filePath: "\(site.data)/root.key")) == key)
        }

        /// Makes the database again with each command, and expects that the servers may use it.
        private static func requireDatabase(_ site: DividedSite) async throws {
            let (copy, folder) = ("\(site.data)/copy.db", "\(site.data)/db")
            for words in [["restore", site.data, copy], ["migrate", "--from", copy, "--to", site.data]] {
                for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
                    try FileManager.default.removeItem(atPath: "\(folder)/\(file)")
                }
                let result = try await site.asOperator(words)
                #expect(result.status == 0, "\(words): \(result.errors)")
                let user = DividedSite.operatorUser
                #expect(site.rights("\(folder)/clavero.db") == "\(user):\(user) 660", "\(words)")
            }
        }
    }
}

/// A site with different users for the operator and each server. The system has no names for these users. Each server
/// gets copies of its unchanging keys, as systemd would provide them.
private struct DividedSite {
    static let operatorUser = 64100
    static let keysUser = 64101
    static let authUser = 64102
    static let proxyUser = 64103

    let directory: TemporaryDirectory
    /// The path of a copy of claverod that every user can run.
    let program: String
    let keys: LiveSite.Daemon
    let auth: LiveSite.Daemon
    let proxy: LiveSite.Daemon

    var data: String { "\(directory.path)/data" }

    func state(of server: String) -> String { "\(directory.path)/state-\(server)" }

    func credentials(of server: String) -> String { "\(directory.path)/credentials-\(server)" }

    init() async throws {
        directory = try TemporaryDirectory()
        program = "\(directory.path)/claverod"
        let (path, program) = (directory.path, program)
        try #require(chmod(path, 0o755) == 0)
        // Another process must copy the program. If this process did, a child that starts at the same time would
        // inherit the copy open for writing, and the copy could not be run.
        let programs = ["claverod", "clavero-proxy"].map(Tools.own)
        try #require(try await Tools.run("/bin/cp", programs + [path]).status == 0)
        try Self.makeDirectory("\(path)/data", for: Self.operatorUser, mode: 0o700)
        let made = try await Self.run(
            as: Self.operatorUser, groups: [Self.keysUser, Self.authUser], program,
            ["init", "--service-groups", "\(Self.keysUser),\(Self.authUser)", "\(path)/data"])
        try #require(made.status == 0, "\(made.errors)")
        keys = try await Self.server("keys", Self.keysUser, path)
        auth = try await Self.server("auth", Self.authUser, path)
        let credentials = "\(path)/credentials-proxy"
        let link = [
            "--link-tls", "always", "--link-certificate", "\(credentials)/proxy.crt", "--link-key",
            "\(credentials)/proxy.key", "--link-authority", "\(credentials)/ca.crt",
        ]
        proxy = try await Self.daemon(
            "clavero-proxy", "proxy", Self.proxyUser, groups: [], path, ["link/proxy.key"],
            ["--upstream", "127.0.0.1:\(keys.port)", "--upstream", "127.0.0.1:\(auth.port)"] + link)
        try await Ready.wait(port: proxy.port)
    }

    private static func server(_ name: String, _ user: Int, _ path: String) async throws -> LiveSite.Daemon {
        try makeDirectory("\(path)/state-\(name)", for: user, mode: 0o750)
        return try await daemon(
            "claverod", name, user, groups: [operatorUser], path, ["audit.key", "link/\(name).key"],
            [
                "--plugins", name, "--data-dir", "\(path)/data", "--state-dir", "\(path)/state-\(name)",
                "--admin-access", "group", "--link-tls", "always", "--password-cost", "2,1,1", "--threads", "1",
            ])
    }

    /// Starts a daemon that gets copies of these secrets and of its certificates for links.
    private static func daemon(
        _ program: String, _ name: String, _ user: Int, groups: [Int], _ path: String, _ secrets: [String],
        _ options: [String]
    ) async throws -> LiveSite.Daemon {
        let credentials = "\(path)/credentials-\(name)"
        try makeDirectory(credentials, for: user, mode: 0o500)
        for file in secrets + ["link/\(name).crt", "link/ca.crt"] {
            let copy = "\(credentials)/\(URL(filePath: file).lastPathComponent)"
            try FileManager.default.copyItem(atPath: "\(path)/data/\(file)", toPath: copy)
            try #require(chown(copy, uid_t(user), gid_t(user)) == 0 && chmod(copy, 0o400) == 0)
        }
        let start = ["/usr/bin/env", "CREDENTIALS_DIRECTORY=\(credentials)", "\(path)/\(program)"]
        return try await LiveSite.Daemon(
            try Tools.path("setpriv", package: "util-linux"), words(user, groups) + start + options)
    }

    private static func makeDirectory(_ path: String, for user: Int, mode: mode_t) throws {
        try #require(mkdir(path, mode) == 0 && chown(path, uid_t(user), gid_t(user)) == 0 && chmod(path, mode) == 0)
    }

    /// Returns the options of setpriv for a user. The group of the user has the same number as the user, and `groups`
    /// are further groups.
    private static func words(_ user: Int, _ groups: [Int]) -> [String] {
        let others = groups.isEmpty ? "--clear-groups" : "--groups=\(groups.map(\.description).joined(separator: ","))"
        return ["--reuid=\(user)", "--regid=\(user)", others]
    }

    private static func run(
        as user: Int, groups: [Int], _ program: String, _ arguments: [String]
    ) async throws -> Tool.Result {
        let setpriv = try Tools.path("setpriv", package: "util-linux")
        return try await Tools.run(setpriv, words(user, groups) + [program] + arguments)
    }

    /// Runs a program as a server's user, in that user's usual groups or in others.
    func run(
        as user: Int, groups: [Int] = [operatorUser], _ program: String, _ arguments: [String]
    ) async throws -> Tool.Result {
        try await Self.run(as: user, groups: groups, program, arguments)
    }

    func asOperator(_ arguments: [String]) async throws -> Tool.Result {
        try await Self.run(
            as: Self.operatorUser, groups: [Self.keysUser, Self.authUser], program, arguments)
    }

    /// Returns the owner, the group and the mode of a file.
    func rights(_ path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else { return "none" }
        return "\(status.st_uid):\(status.st_gid) \(String(status.st_mode & 0o7777, radix: 8))"
    }
}

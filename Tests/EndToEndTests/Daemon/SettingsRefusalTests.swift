import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("A wrong setting is refused in one line, and nothing is made", .serialized)
    struct SettingsRefusals {
        /// A server's directories and the path of its settings file.
        private struct Place {
            let directory: TemporaryDirectory
            var path: String { "\(directory.path)/keys.conf" }
            var data: String { "\(directory.path)/data" }
            var state: String { "\(directory.path)/state-keys" }

            init() async throws {
                directory = try TemporaryDirectory()
                try await Sample.makeSite(in: directory.path)
            }

            /// The first four lines of a file that is good.
            var good: String {
                "plugins = keys\ndata-dir = \(data)\nstate-dir = \(state)\nlisten = 127.0.0.1:0\n"
            }

            func write(_ text: String) throws { try write(Data(text.utf8)) }

            func write(_ bytes: Data) throws { try bytes.write(to: URL(filePath: path)) }

            /// Starts the server, and then checks its settings. Expects that both fail with the reason, and change
            /// nothing.
            func expect(_ reason: String, status: Int32 = 78) async throws {
                let before = try Listing(of: directory.path)
                for (options, status) in [([], status), (["--check-config"], 78)] as [([String], Int32)] {
                    let result = try await Tools.run(
                        Tools.own("claverod"), ["--config", path] + options, seconds: 20)
                    let line = result.errors.lines.first ?? ""
                    #expect(line.hasPrefix("claverod: \(reason)"), "\(line)")
                    #expect(result.status == status && result.errors.lines.count == 1, "\(reason): \(result)")
                    #expect(result.output == "")
                }
                #expect(try Listing(of: directory.path) == before, "\(reason)")
            }
        }

        private static let long = String(repeating: "a", count: 5000)

        private static let lines: [(line: String, reason: String)] = [
            ("idle-timeout =", "\"idle-timeout\" has no value; add one, or remove the line"),
            ("idle-timeout", "expected key = value"),
            ("= 10", "expected key = value"),
            ("idle-timeout = 0", "--idle-timeout must be at least 1"),
            ("idle-timeout = -1", "--idle-timeout must be at least 1"),
            ("idle-timeout = ten", "The value 'ten' is invalid for '--idle-timeout <seconds>'"),
            ("idle-timeout = 10m", "The value '10m' is invalid for '--idle-timeout <seconds>'"),
            ("idle-timeout = 1.5", "The value '1.5' is invalid for '--idle-timeout <seconds>'"),
            ("idle-timeout = 99999999999999999999", "The value '99999999999999999999' is invalid"),
            ("idle-timeout = 9223372036854775807", "--idle-timeout must be at most 315360000"),
            ("request-timeout = 9223372036854775807", "--request-timeout must be at most 315360000"),
            ("drain-timeout = 9223372036854775807", "--drain-timeout must be at most 315360000"),
            ("plugin-timeout = 9223372036854775807", "--plugin-timeout must be at most 315360000"),
            ("threads = 1000000", "--threads must be at most 1024"),
            ("hasher-threads = 1000000", "--hasher-threads must be at most 1024"),
            ("hasher-queue = 9223372036854775807", "--hasher-queue must be at most 1000000"),
            ("max-line = 9223372036854775807", "--max-text must be at most 20 MiB, --max-line at most 32 KiB"),
            ("max-text = 9223372036854775807", "--max-text must be at most 20 MiB"),
            ("max-literal = 9223372036854775807", "--max-literal must be at most 20 MiB"),
            ("body-memory = 1", "--body-memory must be at least "),
            ("signups-per-hour = -1", "--signups-per-hour must be at least 0"),
            ("disk-reserve = 200%", "The value '200%' is invalid for '--disk-reserve <size>'"),
            ("database-log-limit = 0", "--database-log-limit must be at least 1"),
            ("password-cost = 99,8,3", "The value '99,8,3' is invalid for '--password-cost <cost>'"),
            ("sign-up = never", "The value 'never' is invalid for '--sign-up <policy>'"),
            ("link-tls = sometimes", "The value 'sometimes' is invalid for '--link-tls <when>'"),
            ("metrics = 127.0.0.1:99999", "The value '127.0.0.1:99999' is invalid for '--metrics <host:port>'"),
            ("metrics = unix:relative", "The value 'unix:relative' is invalid for '--metrics <host:port>'"),
            ("name = two words", "--name must be one word of printable ASCII"),
            ("name = \"localhost\"", "a value has no quotes; remove them"),
            ("name = localhost # ours", "a remark needs a line of its own"),
            ("name = a\u{0}b", "a control character; remove it"),
            ("name = a\u{1B}[2Jb", "a control character; remove it"),
            ("name = \(long)", "longer than 4096 bytes"),
            ("\(long) = 1", "longer than 4096 bytes"),
            ("listen = 127.0.0.1:0", "listen is already on line 4; remove one of the two lines"),
            ("lissten = 127.0.0.1:0", "unknown key \"lissten\"; did you mean listen?"),
            ("frob = 1", "unknown key \"frob\""),
            ("upstream = 127.0.0.1:1", "upstream is a setting of the proxy, and not of this service"),
            ("token-lifetime = 5", "token-lifetime is a setting of the auth server, and not of this service"),
            ("user = no-such-user", "--user no-such-user: no such user"),
            ("plugin-verbs = nonsense", "The value 'nonsense' is invalid for '--plugin-verbs"),
            ("plugin = /usr/bin/Not.A.Name", "--plugin /usr/bin/Not.A.Name: the program's name is the plugin's name"),
            ("admin-socket = /tmp/\(String(repeating: "a", count: 120))", "/tmp/aaaa"),
            ("link-tls = always\nlink-key = /nowhere/a.key", "/nowhere/a.key: no such file"),
            ("metrics = unix:/tmp/m.sock\nadmin-socket = /tmp/m.sock", "unix:/tmp/m.sock: the address of both metrics"),
        ]

        @Test("The line of the file is named")
        func lines() async throws {
            let place = try await Place()
            for (line, reason) in Self.lines {
                try place.write(place.good + line + "\n")
                let number = 4 + line.components(separatedBy: "\n").count
                try await place.expect("\(place.path):\(number): \(reason)")
            }
            try place.write(Data(place.good.utf8) + Data([0x6E, 0xFF, 0xFE]))
            try await place.expect("\(place.path):5: not UTF-8; save the file as UTF-8")
        }

        @Test("A file of another kind, and one that others may write to, is refused")
        func files() async throws {
            let place = try await Place()
            try await place.expect("\(place.path): no such file", status: 66)
            try FileManager.default.createDirectory(atPath: place.path, withIntermediateDirectories: false)
            try await place.expect("\(place.path): a directory", status: 66)
            try FileManager.default.removeItem(atPath: place.path)
            #expect(mkfifo(place.path, 0o600) == 0)
            try await place.expect("\(place.path): not a regular file", status: 66)
            try FileManager.default.removeItem(atPath: place.path)
            try FileManager.default.createSymbolicLink(atPath: place.path, withDestinationPath: "/dev/zero")
            try await place.expect("\(place.path): not a regular file", status: 66)
            try FileManager.default.removeItem(atPath: place.path)
            try place.write("")
            #expect(truncate(place.path, 1 << 30) == 0)
            try await place.expect("\(place.path): larger than 64 KiB")
            try place.write(place.good)
            chmod(place.path, 0o666)
            try await place.expect("\(place.path): every user can write to it; set its mode to 644", status: 77)
        }

        @Test("A required setting that is missing or wrong is named")
        func required() async throws {
            let place = try await Place()
            for (text, reason) in [
                ("data-dir = \(place.data)\n", ": plugins is missing; add a line, such as plugins = keys"),
                ("plugins = keyz\ndata-dir = \(place.data)\n", ":1: The value 'keyz' is invalid for '--plugins"),
                ("plugins = keys\n", ": data-dir is missing; add a line, such as data-dir = /var/lib/clavero"),
                ("plugins = keys\ndata-dir = /nowhere\n", ":2: /nowhere: no such directory; create a data directory"),
                ("plugins = keys\ndata-dir = \(place.path)\n", ":2: \(place.path): not a directory"),
                (place.good.replacing(place.state, with: "/nowhere"), ":3: /nowhere: no such directory"),
            ] {
                try place.write(text)
                try await place.expect(place.path + reason)
            }
        }

        @Test("A file with a byte order mark and CRLF is good")
        func otherForm() async throws {
            let place = try await Place()
            try place.write("\u{FEFF}" + place.good.replacing("\n", with: "\r\n"))
            let result = try await Tools.run(Tools.own("claverod"), ["--config", place.path, "--check-config"])
            #expect(result.status == 0, "\(result)")
        }

        @Test(
            "Help and version are answered whatever the settings file and the variables are",
            arguments: [
                "claverod --help", "claverod serve -h", "claverod check --help", "claverod init --help",
                "claverod --check-config --help", "claverod --version", "claverod help serve",
                "claverod --config /none --help",
                "clavero-proxy --help", "clavero-proxy --check-config --help", "clavero-proxy --version",
            ])
        func help(_ command: String) async throws {
            let words = command.split(separator: " ").map(String.init)
            for environment in [["CLAVERO_CONFIG": "/none"], ["CLAVERO_LISTEN": "bad"]] {
                let result = try await Tools.run(
                    Tools.own(words[0]), Array(words.dropFirst()), environment: environment, seconds: 20)
                #expect(result.status == 0 && result.errors == "", "\(result)")
                #expect(result.output.hasPrefix(words.last == "--version" ? "0." : "OVERVIEW: "), "\(result)")
            }
        }

        @Test("A socket, a database and a limit with which the server cannot start leave nothing behind")
        func places() async throws {
            let place = try await Place()
            try place.write(place.good)
            let before = try Listing(of: place.directory.path)
            let socket = "unix:\(place.path)"
            for (words, status, reason) in [
                ("--listen unix:/none/a.sock", 73, "unix:/none/a.sock: no such file or directory; make the directory"),
                ("--listen \(socket)", 73, "\(socket): a file of that name exists and is not a socket"),
                ("--audit-log=", 64, "Error: Missing value for '--audit-log <path>'"),
                ("--config=", 64, "Error: Missing value for '--config <file>'"),
            ] as [(String, Int32, String)] {
                let script = "'\(Tools.own("claverod"))' --config '\(place.path)' \(words)"
                let result = try await Tools.run("/bin/sh", ["-c", script], seconds: 20)
                #expect(result.status == status && result.errors.contains(reason), "\(words): \(result)")
                #expect(try Listing(of: place.directory.path) == before, "\(words)")
            }
            let limited = "ulimit -n 20; '\(Tools.own("claverod"))' --config '\(place.path)'"
            let result = try await Tools.run("/bin/sh", ["-c", limited], seconds: 20)
            #expect(result.status == 78, "\(result)")
            #expect(result.errors.hasPrefix("claverod: the limit of open files is 20, and a daemon needs at least 64"))
            #expect(try Listing(of: place.directory.path) == before)
            let database = "\(place.data)/clavero.db"
            try FileManager.default.removeItem(atPath: database)
            #expect(mkfifo(database, 0o600) == 0)
            try await place.expect("\(place.path):2: \(database): not a Clavero database, or it is damaged")
        }

        @Test("A second server on the port, the audit log or the admin socket of another is refused")
        func conflicts() async throws {
            let place = try await Place()
            try place.write(place.good + "admin-socket = \(place.directory.path)/a.sock\n")
            let first = try Program("claverod", ["--config", place.path])
            let port = try await first.port()
            let second = "\(place.directory.path)/auth.conf"
            let log = "\(place.state)/audit-keys.log"
            let free = "\(place.directory.path)/b.sock"
            for (listen, socket, audit, reason) in [
                (port, free, "off", "127.0.0.1:\(port): address already in use; choose another address"),
                (0, "\(place.directory.path)/a.sock", "off", "unix:\(place.directory.path)/a.sock: address already"),
                (0, free, log, "\(log): in use by another process; give each server an audit log of its own"),
            ] {
                let before = try FileManager.default.subpathsOfDirectory(atPath: place.directory.path).sorted()
                try """
                plugins = auth
                data-dir = \(place.data)
                listen = 127.0.0.1:\(listen)
                admin-socket = \(socket)
                audit-log = \(audit)
                """.write(toFile: second, atomically: true, encoding: .utf8)
                let result = try await Tools.run(Tools.own("claverod"), ["--config", second], seconds: 20)
                #expect(result.status == 69, "\(result)")
                #expect(result.errors.lines.last?.hasPrefix("claverod: \(reason)") == true, "\(result.errors)")
                try FileManager.default.removeItem(atPath: second)
                #expect(try FileManager.default.subpathsOfDirectory(atPath: place.directory.path).sorted() == before)
            }
            first.signal(SIGTERM)
            #expect(try await first.status() == 0)
        }
    }
}

import ArgumentParser
import Commands
import Daemon
import Foundation
import Link
import Store
import TestKit
import Testing

@testable import Proxy
@testable import Server

@Suite("Settings")
struct SettingsTests {
    private static let settings = SettingsSources(
        names: ["listen", "upstream", "data-dir", "config"], repeatable: ["upstream"])

    /// Returns the values that each option gets, in their order.
    private static func values(
        _ commandLine: [String] = [], environment: [String: String] = [:], file: String? = nil
    ) throws -> [String: [String]] {
        let path = file == nil ? [] : ["--config", "some.conf"]
        var words = try settings.arguments(path + commandLine, environment: environment) { path in
            #expect(path == "some.conf")
            return try #require(file)
        }[...]
        var values: [String: [String]] = [:]
        while let word = words.popFirst() {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            let value = parts.count == 2 ? parts[1] : words.popFirst()
            values[String(parts[0].dropFirst(2)), default: []].append(try #require(value))
        }
        values["config"] = nil
        return values
    }

    @Test("The command line takes precedence over the environment, and that over the file")
    func precedence() throws {
        let file = "listen = file:1\nupstream = file:2\ndata-dir = /file\n"
        let environment = ["CLAVERO_LISTEN": "environment:1", "CLAVERO_DATA_DIR": "/environment", "LISTEN": "no:1"]
        #expect(
            try Self.values(["--listen", "line:1"], environment: environment, file: file)
                == ["listen": ["line:1"], "data-dir": ["/environment"], "upstream": ["file:2"]])
        #expect(
            try Self.values(["--data-dir=/line"], environment: environment, file: file)
                == ["listen": ["environment:1"], "data-dir": ["/line"], "upstream": ["file:2"]])
        #expect(
            try Self.values(environment: environment) == ["listen": ["environment:1"], "data-dir": ["/environment"]])
        #expect(try Self.values() == [:])
    }

    @Test("A repeated value is kept whole and in order, and replaced as a whole")
    func repetition() throws {
        let file = "upstream = a:1\nlisten = x:1\nupstream = b:2 c:3\n"
        #expect(try Self.values(file: file) == ["upstream": ["a:1", "b:2", "c:3"], "listen": ["x:1"]])
        let environment = ["CLAVERO_UPSTREAM": "d:4 e:5"]
        #expect(try Self.values(environment: environment, file: file)["upstream"] == ["d:4", "e:5"])
        let line = ["--upstream", "f:6", "--upstream=g:7"]
        #expect(try Self.values(line, environment: environment, file: file)["upstream"] == ["f:6", "g:7"])
    }

    @Test("A value with blanks is one value, unless the option may be repeated")
    func blanks() throws {
        let (path, upstreams) = ("/srv/my  data dir", "a:1 \tb:2")
        let expected = ["data-dir": [path], "upstream": ["a:1", "b:2"]]
        #expect(try Self.values(file: "data-dir = \(path) \nupstream = \(upstreams)") == expected)
        let environment = ["CLAVERO_DATA_DIR": path, "CLAVERO_UPSTREAM": upstreams]
        #expect(try Self.values(environment: environment) == expected)
        #expect(try Self.values(environment: ["CLAVERO_DATA_DIR": " \t\n", "CLAVERO_UPSTREAM": " "]) == [:])
    }

    @Test("A value that begins with a hyphen is not an option")
    func hyphen() throws {
        for (environment, file) in [(["CLAVERO_DATA_DIR": "--site"], ""), ([:], "data-dir = --site")] {
            let words = try SettingsSources(names: Serve.settings).arguments(
                ["--config", "c", "--plugins", "keys"], environment: environment
            ) { _ in file }
            let serve = try Serve.parse(words)
            #expect(serve.dataDir == "--site")
            #expect(serve.site == "clavero")
        }
    }

    @Test("Keys are rotated and retired only if the settings say so")
    func rotation() throws {
        let words = ["--plugins", "keys", "--data-dir", "d"]
        let none = try Serve.parse(words).policy
        #expect(none.rotationAge == nil && none.keyBounds.keeping == nil)
        #expect(none.keyBounds.live == 64 && none.keyBounds.kept == 1024)
        let some = try Serve.parse(words + ["--rotate-keys", "90", "--retire-keys", "4"]).policy
        #expect(some.rotationAge == 90 * 86_400 && some.keyBounds.keeping == 4)
    }

    @Test("The parser of the command line gets the same values from all three sources")
    func parsed() throws {
        let settings = SettingsSources(names: ClaveroProxy.settings, repeatable: ClaveroProxy.repeatable)
        for (line, environment, file) in [
            (["--upstream", "[::1]:1", "--upstream", "b:2", "--max-line", "2000"], [:], ""),
            ([], ["CLAVERO_UPSTREAM": "[::1]:1 b:2", "CLAVERO_MAX_LINE": "2000"], ""),
            ([], [:], "upstream = [::1]:1\nmax-line = 2000\nupstream = b:2"),
        ] as [([String], [String: String], String)] {
            let words = try settings.arguments(["--config", "c"] + line, environment: environment) { _ in file }
            let proxy = try ClaveroProxy.parse(words)
            #expect(proxy.upstream.map(\.description) == ["[::1]:1", "b:2"])
            #expect(proxy.sessions.maxLine == 2000)
            #expect(proxy.process.config == "c")
        }
    }

    @Test("Remarks, empty lines, blanks and CRLF are ignored, and the text after the first = is the value")
    func layout() throws {
        for end in ["\n", "\r\n"] {
            let lines = [
                "# listen = a:1", "", "  \t", "  # more", " listen\t=  b:2 ", "data-dir=/a=b#c", "upstream =d:4",
            ]
            let values = try Self.values(file: lines.joined(separator: end))
            #expect(values == ["listen": ["b:2"], "data-dir": ["/a=b#c"], "upstream": ["d:4"]])
        }
        #expect(try Self.values(file: "") == [:])
    }

    @Test(
        "The error for a line that cannot be read names the line and its file",
        arguments: [
            ("listen", "some.conf:1: expected key = value; a remark begins with #"),
            ("# one\n\nlisten a:1\n", "some.conf:3: expected key = value; a remark begins with #"),
            ("\r\nlisten =\r\n", "some.conf:2: \"listen\" has no value; add one, or remove the line"),
            ("= a:1", "some.conf:1: expected key = value; a remark begins with #"),
            ("listen = a:1\nlisten: b:2", "some.conf:2: expected key = value; a remark begins with #"),
            ("listen = a:1\n\nlisten = b:2", "some.conf:3: listen is already on line 1; remove one of the two lines"),
            ("port = 1", "some.conf:1: unknown key \"port\""),
            ("listn = a:1", "some.conf:1: unknown key \"listn\"; did you mean listen?"),
            ("listen = a:1\nListen = b:2", "some.conf:2: unknown key \"Listen\"; did you mean listen?"),
            ("--listen = a:1", "some.conf:1: unknown key \"--listen\"; did you mean listen?"),
            ("config = other.conf", "some.conf:1: unknown key \"config\""),
            (
                "tls-key = a",
                "some.conf:1: tls-key is a setting of the proxy, and not of this service; move the line to the other file"
            ),
            ("\u{1b}[2J = 1", "some.conf:1: a control character; remove it"),
            ("listen = a\u{0}b", "some.conf:1: a control character; remove it"),
            ("listen = a:1\rupstream = b:2", "some.conf:1: a control character; remove it"),
            ("listen = a:1\u{2028}upstream = b:2", "some.conf:1: a control character; remove it"),
            ("listen = \"a:1\"", "some.conf:1: a value has no quotes; remove them"),
            ("listen = a:1 # b", "some.conf:1: a remark needs a line of its own; remove the text from # on"),
            ("listen = \(String(repeating: "a", count: 4096))", "some.conf:1: longer than 4096 bytes"),
        ])
    func refusal(_ file: String, _ reason: String) {
        #expect(throws: SettingsError(reason)) { try Self.values(file: file) }
    }

    @Test("The file that the command line names is read, not the one in the environment")
    func whichFile() throws {
        var read: [String] = []
        for line in [["--config", "a"], ["--config=b"], []] {
            _ = try Self.settings.arguments(line, environment: ["CLAVERO_CONFIG": "c"]) { path in
                read.append(path)
                return ""
            }
        }
        #expect(read == ["a", "b", "c"])
    }

    @Test("The error for a file that cannot be read names the file")
    func unreadable() throws {
        let directory = try TemporaryDirectory()
        let (none, latin, fine) = ("\(directory.path)/none", "\(directory.path)/latin", "\(directory.path)/fine")
        try Data([0x6C, 0xFC]).write(to: URL(filePath: latin))
        try Data("listen = ü:1".utf8).write(to: URL(filePath: fine))
        for (path, reason, status) in [
            (none, "no such file; name the file with --config", EX_NOINPUT),
            (directory.path, "a directory; name the file in it", EX_NOINPUT),
            ("/dev/zero", "not a regular file", EX_NOINPUT),
        ] {
            #expect(throws: SettingsError("\(path): \(reason)", status: status)) { try SettingsSources.read(path) }
        }
        #expect(throws: SettingsError("\(latin):1: not UTF-8; save the file as UTF-8")) {
            try SettingsSources.read(latin)
        }
        #expect(try SettingsSources.read(fine) == "listen = ü:1")
    }

    @Test(
        "The error for an invalid value names its variable, or its file and line",
        arguments: [
            ("threads = none", [:], "some.conf:2: The value 'none' is invalid for '--threads"),
            ("drain-timeout = 0", [:], "some.conf:2: --drain-timeout must be at least 1"),
            ("listen = nowhere", [:], "some.conf:2: The value 'nowhere' is invalid for '--listen"),
            ("threads = 2", ["CLAVERO_MAX_LINE": "-1"], "CLAVERO_MAX_LINE: --max-line must be at least 1"),
            ("threads = 0", ["CLAVERO_THREADS": "x"], "CLAVERO_THREADS: The value 'x' is invalid for '--threads"),
        ])
    func values(_ line: String, _ environment: [String: String], _ reason: String) async throws {
        let directory = try TemporaryDirectory()
        let file = "\(directory.path)/some.conf"
        let lines = ["# good are:", line, "plugins = keys", "data-dir = /nowhere", "name = a"]
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: file))
        let path = Repository.programs.appending(path: "claverod").path
        let result = try await Tool.run(path, ["--config", file], environment: environment)
        #expect(result.status == 78)
        let start = reason.hasPrefix("some.conf") ? "\(directory.path)/\(reason)" : reason
        #expect(result.errors.hasPrefix("claverod: \(start)"), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
    }

    /// The check reads its settings and then fails at the socket, which does not exist.
    @Test("A check reads options that may be repeated as the daemon does")
    func check() async throws {
        let path = Repository.programs.appending(path: "claverod").path
        let result = try await Tool.run(
            path, ["check", "--plugins", "keys", "--data-dir", "/nowhere"],
            environment: ["CLAVERO_PLUGIN_VERBS": "one=HI two=HO"])
        #expect(result.status == 1, "\(result.errors)")
    }

    @Test("The error for a wrong value on the command line names the option")
    func ofTheCommandLine() async throws {
        let path = Repository.programs.appending(path: "claverod").path
        let result = try await Tool.run(
            path, ["--threads", "x", "--plugins", "keys"], environment: ["CLAVERO_DATA_DIR": "/nowhere"])
        #expect(result.status == 64)
        #expect(result.errors.hasPrefix("Error: The value 'x' is invalid for '--threads"), "\(result.errors)")
    }

    @Test("Wrong settings cause one line on standard error and status 78", arguments: ["claverod", "clavero-proxy"])
    func status(_ program: String) async throws {
        let directory = try TemporaryDirectory()
        let file = "\(directory.path)/some.conf"
        try Data("# none\nnone = 1\n".utf8).write(to: URL(filePath: file))
        let path = Repository.programs.appending(path: program).path
        let result = try await Tool.run(path, [], environment: ["CLAVERO_CONFIG": file])
        #expect(result.status == 78)
        #expect(result.output.isEmpty)
        #expect(result.errors == "\(program): \(file):2: unknown key \"none\"; did you mean name?\n")
    }
}

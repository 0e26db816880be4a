import ArgumentParser
import Daemon
import Foundation
import TestKit
import Testing

@testable import Proxy
@testable import Server

/// A daemon's options as its parser, its settings and its manual have them.
struct DaemonOptions: Sendable, CustomTestStringConvertible {
    struct Option: Sendable {
        let name: String
        let takesValue: Bool
        /// The default that --help shows; nil if it shows none.
        let standard: String?
    }

    let program: String
    let settings: [String]
    let repeatable: Set<String>
    /// The options whose help says that they may be repeated.
    let repeated: Set<String>
    let options: [Option]
    let page: [String]

    var testDescription: String { program }

    static let all = [
        DaemonOptions(
            "claverod", Serve.settings, PluginOptions.repeatable,
            ServerProgram.helpMessage(for: Serve.self, columns: 10_000)),
        DaemonOptions(
            "clavero-proxy", ClaveroProxy.settings, ClaveroProxy.repeatable,
            ProxyProgram.helpMessage(for: ClaveroProxy.self, columns: 10_000)),
    ]

    private init(_ program: String, _ settings: [String], _ repeatable: Set<String>, _ help: String) {
        self.program = program
        self.settings = settings
        self.repeatable = repeatable
        // If the name of an option is long, its description begins on the next line.
        let lines = help.replacing(/\n {20,}/, with: " ")
        repeated = Set(
            lines.matches(of: /(?m)^ +--([a-z-]+) .*May be given repeatedly\./).map { String($0.1) })
        options = lines.matches(
            of: /(?m)^ +(?:-[a-z], )?--([a-z-]+)( <[^>]+>)?(?: .*?(?:\((?:values: [^;\n]*; )?default: (.*)\))?)?$/
        )
        .map { Option(name: String($0.1), takesValue: $0.2 != nil, standard: $0.3.map(String.init)) }
        let file = Repository.root.appending(path: "man/\(program).8")
        page = (try? String(contentsOf: file, encoding: .utf8))?.components(separatedBy: "\n") ?? []
    }

    /// Returns the options that a line of the manual describes.
    static func names(in line: String) -> [String] {
        line.matches(of: /(?:^| )-([a-z][a-z-]+)/).map { String($0.1) }
    }

    /// Returns the words below the item of an option; nil if the page has no such item.
    func paragraph(of name: String) -> [String]? {
        guard let item = page.firstIndex(where: { $0.hasPrefix(".It Fl ") && Self.names(in: $0).contains(name) })
        else { return nil }
        return page[(item + 1)...].prefix { !$0.hasPrefix(".It ") && $0 != ".El" }
            .flatMap { $0.split(separator: " ").map(String.init) }
    }
}

@Suite("The options of the daemons")
struct OptionsTests {
    /// The options whose defaults depend on the machine, or on another option.
    static let ofTheMachine: Set = [
        "name", "threads", "hasher-threads", "state-dir", "admin-socket", "audit-log", "body-memory",
    ]
    /// The options that have no default.
    private static let withoutDefault: Set = [
        "plugins", "data-dir", "database", "upstream", "balancer", "config", "user", "listen-tls", "tls-certificate",
        "tls-key",
        "link-certificate", "link-key", "link-authority", "metrics", "metrics-clients", "plugin", "plugin-dir",
        "plugin-verbs",
        "plugin-services", "agent-check",
    ]

    @Test("The settings are the long options that take a value", arguments: DaemonOptions.all)
    func settings(_ daemon: DaemonOptions) {
        let names = daemon.options.filter(\.takesValue).map(\.name)
        #expect(names.count > 10)
        #expect(daemon.settings.sorted() == names.sorted())
        #expect(daemon.options.filter { !$0.takesValue }.map(\.name).sorted() == ["check-config", "help", "version"])
    }

    @Test("The repeatable options are those whose help says so", arguments: DaemonOptions.all)
    func repetition(_ daemon: DaemonOptions) {
        #expect(daemon.repeated == daemon.repeatable)
    }

    @Test("--help shows the default of each option that has one", arguments: DaemonOptions.all)
    func help(_ daemon: DaemonOptions) {
        for option in daemon.options where option.takesValue {
            #expect((option.standard == nil) == Self.withoutDefault.contains(option.name), "--\(option.name)")
        }
    }

    @Test(
        "--help groups the options and names their values, and the program's own --help has the commands",
        arguments: [
            (
                ServerProgram.helpMessage(columns: 80), ServerProgram.helpMessage(for: Serve.self, columns: 80),
                ["serve (default)", "check", "init", "rewrap", "rotate", "backup", "restore", "migrate", "audit"],
                ["ACCOUNTS AND LOG-IN", "THE OPERATOR", "PLUGINS OF YOUR OWN", "SESSIONS", "MONITORING"]
            ),
            (
                ProxyProgram.helpMessage(columns: 80), ProxyProgram.helpMessage(for: ClaveroProxy.self, columns: 80),
                ["serve (default)", "check"], ["TLS WITH CLIENTS", "SESSIONS", "LINKS TO THE SERVERS", "MONITORING"]
            ),
        ])
    func groups(_ program: String, _ daemon: String, _ commands: [String], _ groups: [String]) {
        for command in commands {
            #expect(program.contains("\n  \(command) "), "\(command)")
        }
        for group in groups { #expect(daemon.contains("\n\(group):\n"), "\(group)") }
        for value in ["--listen <host:port>", "--idle-timeout <seconds>", "--link-key <file>", "--max-text <bytes>"] {
            #expect(daemon.contains("  \(value)"), "\(value)")
        }
    }

    @Test("The manual has each option once, and no others", arguments: DaemonOptions.all)
    func manual(_ daemon: DaemonOptions) {
        let items = daemon.page.filter { $0.hasPrefix(".It Fl ") }.flatMap(DaemonOptions.names)
        #expect(items.sorted() == daemon.options.map(\.name).sorted())
        let synopsis = daemon.page.drop { $0 != ".Sh SYNOPSIS" }.dropFirst().prefix { !$0.hasPrefix(".Sh ") }
        let flags = synopsis.filter { $0.hasPrefix(".Fl ") || $0.hasPrefix(".Op Fl ") }
        #expect(Set(flags.flatMap(DaemonOptions.names)) == Set(daemon.options.map(\.name)))
    }

    @Test("The manual has the default of each option", arguments: DaemonOptions.all)
    func defaults(_ daemon: DaemonOptions) throws {
        for option in daemon.options where option.takesValue {
            let words = try #require(daemon.paragraph(of: option.name), "--\(option.name) has no item")
            let found = words.map { word in
                word.trimmingCharacters(in: .punctuationCharacters).replacing(/(\d),(?=\d{3}\b)/) { $0.1 }
            }
            if Self.ofTheMachine.contains(option.name) {
                #expect(found.contains("default"), "--\(option.name)")
            } else if let standard = option.standard {
                #expect(found.contains("default") && found.contains(standard), "--\(option.name): \(standard)")
            }
        }
    }

    @Test("Bytes that wait for the links to one server stay within the memory for bodies", arguments: [1, 2, 64])
    func unwritten(_ threads: Int) throws {
        let (least, most) = (26 << 20, 4 << 30)
        for memory in [least, most] {
            let options = try SessionOptions.parse(["--threads", "\(threads)", "--body-memory", "\(memory)"])
            #expect(options.unwritten * threads <= memory)
            #expect(memory == least || options.unwritten * threads == memory / 4)
        }
    }

    @Test("The manual has the variable of each option", arguments: DaemonOptions.all)
    func variables(_ daemon: DaemonOptions) {
        let named = daemon.page.flatMap { $0.matches(of: /^\.Ev (CLAVERO_[A-Z_]+)/).map { String($0.1) } }
        #expect(Set(named) == Set(daemon.settings.map(SettingsSources.variable)))
    }
}

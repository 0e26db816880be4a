import ArgumentParser
import Foundation
import TestKit
import Testing

@testable import Daemon
@testable import Proxy
@testable import Server

@Suite("The installation")
struct PackagingTests {
    private static func text(_ path: String) throws -> String {
        try String(contentsOf: Repository.root.appending(path: "packaging/\(path)"), encoding: .utf8)
    }

    /// Returns the environment variables that a unit sets.
    private static func environment(of unit: String) throws -> [String: String] {
        let lines = try text("systemd/\(unit).service").matches(of: /(?m)^Environment=(.*)$/)
        let words = lines.flatMap { $0.1.split(separator: " ") }.map { $0.split(separator: "=", maxSplits: 1) }
        return Dictionary(uniqueKeysWithValues: words.map { (String($0[0]), String($0[1])) })
    }

    @Test(
        "The installation is complete, systemd accepts and rates its units well, and uninstall removes it",
        .timeLimit(.minutes(5)))
    func script() async throws {
        for (tool, package) in [("systemd-analyze", "systemd"), ("shellcheck", "shellcheck")] {
            let isThere = FileManager.default.isExecutableFile(atPath: "/usr/bin/\(tool)")
            try #require(isThere, "there is no \(tool): install Debian's package \(package)")
        }
        let script = Repository.root.appending(path: "scripts/check-packaging").path
        let result = try await Tool.run(script, [Repository.programs.path])
        #expect(result.status == 0)
        #expect(result.errors == "")
    }

    /// The server shows that the test would find the library: the names of its symbols' versions begin with OPENSSL_.
    @Test(
        "Only the server is linked with libcrypto",
        arguments: [("claverod", true), ("clavero-proxy", false), ("clavero", false)])
    func libcrypto(_ program: String, isLinked: Bool) async throws {
        let path = Repository.programs.appending(path: program).path
        let needed = try await Tool.run("/usr/bin/readelf", ["--dynamic", "--wide", path])
        #expect(needed.output.contains("[libcrypto.so") == isLinked)
        let symbols = try await Tool.run("/usr/bin/nm", ["--dynamic", "--undefined-only", path])
        #expect(symbols.output.contains("@OPENSSL_") == isLinked)
        #expect(needed.status == 0 && symbols.status == 0)
    }

    @Test("The sample settings name each setting, with its default", arguments: DaemonOptions.all)
    func samples(_ daemon: DaemonOptions) throws {
        let lines = try Self.text("conf/\(daemon.program).conf").components(separatedBy: "\n")
        let named = lines.compactMap { $0.wholeMatch(of: /#?([a-z-]+) = .+/).map { String($0.1) } }
        #expect(Set(named) == Set(daemon.settings).subtracting(["config"]))
        for option in daemon.options where !OptionsTests.ofTheMachine.contains(option.name) {
            guard let standard = option.standard else { continue }
            #expect(lines.count { $0 == "#\(option.name) = \(standard)" } == 1, "\(option.name): \(standard)")
        }
    }

    /// The daemons are given the settings as their units do: first only the settings that are in use in the sample,
    /// then all of them.
    @Test(
        "The daemons accept the sample settings",
        arguments: [
            ("clavero-keys", "claverod"), ("clavero-auth", "claverod"), ("clavero-proxy", "clavero-proxy"),
        ])
    func parsing(_ unit: String, _ program: String) throws {
        let daemon = try #require(DaemonOptions.all.first { $0.program == program })
        let text = try Self.text("conf/\(program).conf")
        let environment = try Self.environment(of: unit)
        for text in [text, text.replacing(/(?m)^#([a-z-]+ = )/) { $0.1 }] {
            let settings = SettingsSources(names: daemon.settings, repeatable: daemon.repeatable)
            let words = try settings.arguments(["--config", "sample"], environment: environment) { _ in text }
            if program == "claverod" {
                let server = try Serve.parse(words)
                #expect(unit == "clavero-\(server.plugins.daemon)")
                #expect(server.links.linkTLS == .always)
            } else {
                #expect(try ClaveroProxy.parse(words).links.linkTLS == .always)
            }
        }
    }
}

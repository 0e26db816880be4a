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

    /// The services, and the program of each.
    private static let services = [("keys", "claverod"), ("auth", "claverod"), ("proxy", "clavero-proxy")]

    private static func lines(_ service: String) throws -> [String] {
        try text("conf/\(service).conf").components(separatedBy: "\n")
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

    /// The units set the user.
    @Test("The sample of a service names each of its settings once, with its default", arguments: Self.services)
    func samples(_ service: String, _ program: String) throws {
        let daemon = try #require(DaemonOptions.all.first { $0.program == program })
        let lines = try Self.lines(service)
        let named = lines.compactMap { $0.wholeMatch(of: /#?([a-z-]+) = .+/).map { String($0.1) } }
        let foreign: Set<String> =
            switch service {
            case "keys": ServiceSettings.auth
            case "auth": ServiceSettings.keys
            default: []
            }
        #expect(named.sorted() == Set(daemon.settings).subtracting(["config", "user"]).subtracting(foreign).sorted())
        for option in daemon.options where named.contains(option.name) {
            let isSet = lines.contains { $0.hasPrefix("\(option.name) = ") }
            guard let standard = option.standard, !isSet, !OptionsTests.ofTheMachine.contains(option.name) else {
                continue
            }
            #expect(lines.contains("#\(option.name) = \(standard)"), "\(option.name): \(standard)")
        }
    }

    @Test("No two addresses of the samples are the same, so their services run side by side")
    func addresses() throws {
        let listening = try Self.services.flatMap { service, _ in
            try Self.lines(service).compactMap { line in
                line.wholeMatch(of: /#?(?:listen|listen-tls|metrics|agent-check) = .+:(\d+)/).map { String($0.1) }
            }
        }
        #expect(listening.count == 8 && Set(listening).count == listening.count, "\(listening)")
        #expect(try Self.lines("proxy").contains("upstream = 127.0.0.1:5000 127.0.0.1:5001"))
    }

    /// The daemons are given the settings as their units do: first only the settings that are in use in the sample,
    /// then all of them.
    @Test("The daemons accept the sample settings, which their units name", arguments: Self.services)
    func parsing(_ service: String, _ program: String) throws {
        let unit = try Self.text("systemd/clavero-\(service).service")
        #expect(unit.contains("/\(program) --config @sysconfdir@/clavero/\(service).conf\n"))
        #expect(!unit.contains("CLAVERO_"))
        let text = try Self.text("conf/\(service).conf")
        for text in [text, text.replacing(/(?m)^#([a-z-]+ = )/) { $0.1 }] {
            if program == "claverod" {
                let words = try ServerProgram.settings.arguments(["--config", "x"], environment: [:]) { _ in text }
                let server = try Serve.parse(words)
                #expect(service == server.plugins.daemon)
                #expect(server.links.linkTLS == .always)
            } else {
                let words = try ProxyProgram.settings.arguments(["--config", "x"], environment: [:]) { _ in text }
                #expect(try ClaveroProxy.parse(words).links.linkTLS == .always)
            }
        }
    }

    @Test("The lists of the services' settings match the options of the daemons")
    func catalogue() {
        let (server, proxy) = (Set(Serve.settings), Set(ClaveroProxy.settings))
        let servers = ServiceSettings.servers.union(ServiceSettings.keys).union(ServiceSettings.auth)
        #expect(servers == server.subtracting(proxy))
        #expect(ServiceSettings.proxy == proxy.subtracting(server))
        #expect(servers.count + ServiceSettings.proxy.count > 30)
    }
}

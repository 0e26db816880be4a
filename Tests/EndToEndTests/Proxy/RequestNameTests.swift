import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("The names of requests", .serialized)
    struct RequestNames {
        private struct Line: Decodable {
            let message: String
            let request: String?
            let verb: String?
            let code: String?
        }

        /// Returns the names of the requests in a log, each with its verb and its code, in the order of the log.
        private static func requests(in log: [String]) throws -> [String] {
            try log.filter { $0.contains("\"message\":\"request\"") }.map { text in
                let line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
                return "\(line.request ?? "none") \(line.verb ?? "") \(line.code ?? "")"
            }
        }

        private static func audited(_ path: String) throws -> [String] {
            struct Record: Decodable {
                let request: String?
                let verb: String?
                let code: Int?
            }
            return try String(contentsOfFile: path, encoding: .utf8).lines.compactMap { text in
                let record = try JSONDecoder().decode(Record.self, from: Data(text.utf8))
                return record.verb.map { "\(record.request ?? "none") \($0) \(record.code ?? 0)" }
            }
        }

        @Test("The logs of the proxy and the servers and the audit log have the same names, each once")
        func same() async throws {
            let debug = ["--log-level", "debug"]
            try await LiveSite.run(server: debug, proxy: debug + ["--threads", "2"]) { site in
                let alice = try await Client(port: site.port, as: "alice")
                let bob = try await Client(port: site.port, as: "bob")
                for client in [alice, bob, alice] {
                    #expect(try await client.ask("SIGN x").hasPrefix("250 "))
                    // The session itself answers NOOP, so that request has no name. A refused request has a name too.
                    try await client.expect("250 2.0.0 OK", to: "NOOP")
                    #expect(try await client.ask("PUBKEY nobody").hasPrefix("550 "))
                }
                await alice.close()
                await bob.close()
                for daemon in [site.proxy, site.keys, site.auth] {
                    daemon.program.signal(SIGTERM)
                    _ = try await daemon.program.status()
                }
                let proxy = try Self.requests(in: site.proxy.program.log)
                let servers = try [site.keys, site.auth].flatMap { try Self.requests(in: $0.program.log) }
                let audits = try ["keys", "auth"].flatMap { try Self.audited("\(site.dataDirectory)/audit-\($0).log") }
                #expect(proxy.count == 10)
                #expect(Set(proxy).count == 10)
                #expect(proxy.allSatisfy { $0.wholeMatch(of: /[0-9a-f]{8}-\d+-\d+ [A-Z]+ \d{3}/) != nil })
                #expect(proxy.sorted() == servers.sorted())
                #expect(proxy.sorted() == audits.sorted())
                for daemon in [site.keys, site.auth, site.proxy] { try await daemon.start() }
            }
        }

        @Test("The log has no lines about requests unless the operator asks for them")
        func quiet() async throws {
            try await LiveSite.run { site in
                let alice = try await Client(port: site.port, as: "alice")
                await alice.close()
                let logs = [site.proxy, site.keys, site.auth].flatMap(\.program.log)
                #expect(try Self.requests(in: logs) == [])
            }
        }
    }
}

import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Secrets stay where they belong", .serialized)
    struct Secrecy {
        @Test("No log, no file and no process argument has a password or a message")
        func grep() async throws {
            let secrets = ["Xyzzy-first-9417", "Xyzzy-second-9417", "Plugh-message-3301", "Plugh-literal-3301"]
            try await LiveSite.run { site in
                let client = try await Client(port: site.port)
                _ = try await client.ask("SIGNUP alice \(secrets[0])")
                _ = try await client.ask("LOGIN alice wrong-\(secrets[0])")
                _ = try await client.ask("LOGIN alice \(secrets[0])")
                _ = try await client.ask("SIGNUP \"\(secrets[0])\" x")
                _ = try await client.ask("PASSWD \(secrets[0]) \(secrets[1])")
                let token = try await client.ask("TOKEN").after("250 2.0.0 ")
                let sealed = try await client.ask("ENCRYPT \(secrets[2])").after("250 2.0.0 ")
                #expect(try await client.ask("DECRYPT \(sealed)") == "250 2.0.0 FROM=alice \(secrets[2])")
                try await client.write("SIGN {\(secrets[3].utf8.count)+}\r\n\(secrets[3])\r\n")
                _ = try await client.line()
                _ = try await client.octets(102)
                // A lost link and an unknown verb are what logs are written about.
                _ = try await client.ask("BOGUS \(secrets[2])")
                site.auth.program.signal(SIGKILL)
                _ = try await site.auth.program.status()
                #expect(try await client.ask("VERIFY TOKEN=\(token)").hasPrefix("451 "))
                try await site.auth.start()
                let daemons = [site.keys, site.auth, site.proxy].map(\.program)
                let places =
                    try Self.files(in: site.dataDirectory) + daemons.map { Data($0.log.joined().utf8) }
                    + daemons.map { try Data(contentsOf: URL(filePath: "/proc/\($0.pid)/cmdline")) }
                for secret in secrets + [token] {
                    for place in places { #expect(place.range(of: Data(secret.utf8)) == nil) }
                }
                // The search finds what is there.
                #expect(places.contains { $0.range(of: Data("alice".utf8)) != nil })
            }
        }

        private static func files(in directory: String) throws -> [Data] {
            try FileManager.default.contentsOfDirectory(atPath: directory).map {
                try Data(contentsOf: URL(filePath: "\(directory)/\($0)"))
            }
        }
    }
}

import TestKit
import Testing

extension EndToEnd {
    /// Messages around the size of 64 KiB. From that size on, a channel may report in the middle of a write that it
    /// is full.
    @Suite("Large messages", .serialized)
    struct LargeMessages {
        @Test("A large request is run once, and a large reply arrives once", arguments: [60_000, 66_000, 300_000])
        func once(_ size: Int) async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port, as: "alice")
                let message = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
                try await client.write(Array("SIGN {\(size)+}\r\n".utf8) + message + Array("\r\n".utf8))
                let signature = try await client.literal(behind: "250 2.0.0")
                #expect(signature.starts(with: Array("clvs1.alice.1.".utf8)))
                try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                try await client.write(Array("ENCRYPT {\(size)+}\r\n".utf8) + message + Array("\r\n".utf8))
                let sealed = try await client.literal(behind: "250 2.0.0")
                try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                try await client.write(Array("DECRYPT {\(sealed.count)+}\r\n".utf8) + sealed + Array("\r\n".utf8))
                let opened = try await client.literal(behind: "250 2.0.0 FROM=alice")
                #expect(opened == message)
                try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                try await client.expect("221 2.0.0 Bye", to: "QUIT")
                #expect(try await client.rest() == [])
                await client.close()
                let warnings = site.proxy.program.log.filter { $0.contains("\"level\":\"warning\"") }
                #expect(warnings.allSatisfy { $0.contains("running as root") })
            }
        }
    }
}

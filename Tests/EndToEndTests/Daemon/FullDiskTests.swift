import Glibc
import TestKit
import Testing

extension EndToEnd {
    @Suite("Servers on a full disk", .serialized, .timeLimit(.minutes(4)))
    struct FullDisks {
        @Test(
            "On a full disk messages are sealed and opened and sign-ups are refused, and free space ends that",
            .enabled(if: geteuid() == 0, "needs root, to mount a small disk"))
        func siteAsRoot() async throws {
            let disk = try SmallDisk(mebibytes: 12)
            try await LiveSite.run(server: ["--metrics", "127.0.0.1:0"], on: disk) { site in
                let monitor = try await Monitor(site.keys.program)
                let client = try await Client(port: site.port, as: "alice")
                let before = String(try await client.ask("ENCRYPT before").dropFirst("250 2.0.0 ".count))
                try await disk.fill()
                // These are more entries than the audit log keeps in memory while it waits for its disk. The test
                // does not depend on the space that was free before.
                for number in 0..<500 {
                    try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                    try await client.expect("250 2.0.0 FROM=alice before", to: "DECRYPT \(before)")
                    let reply = try await client.ask("ENCRYPT number \(number)")
                    #expect(reply.hasPrefix("250 2.0.0 clv1."), "\(reply)")
                }
                for number in 0..<20 {
                    let reply = try await client.ask("SIGNUP bob-\(number) \"correct horse\"")
                    #expect(reply.hasPrefix("45"), "\(reply)")
                }
                try await eventually { try await monitor.get("/readyz").status == 503 }
                #expect([site.keys, site.auth, site.proxy].allSatisfy { $0.program.isRunning })

                try await disk.makeRoom()
                try await monitor.waitUntilReady()
                try await client.expect("250 2.0.0 FROM=alice before", to: "DECRYPT \(before)")
                try await client.expect("250 2.0.0 bob-0 signed up, key 1", to: "SIGNUP bob-0 \"correct horse\"")
                try await client.logIn("bob-0")
                await client.close()
            }
        }
    }
}

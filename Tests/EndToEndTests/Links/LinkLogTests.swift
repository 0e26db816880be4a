import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("What the proxy's log says about its servers", .serialized)
    struct LinkLog {
        @Test("A server goes down and comes up once in the log, however many threads the proxy has")
        func once() async throws {
            let options = ["--metrics", "127.0.0.1:0"]
            try await LiveSite.run(server: options, proxy: options + ["--threads", "4"]) { site in
                let monitor = try await Monitor(site.proxy.program)
                try await monitor.waitUntilReady()
                let upstream = "127.0.0.1:\(site.keys.port)"
                let count = { (message: String) in
                    site.proxy.program.log.count {
                        $0.contains("\"message\":\"\(message)\"") && $0.contains("\"upstream\":\"\(upstream)\"")
                    }
                }
                #expect(count("link is up") == 1)
                site.keys.program.signal(SIGKILL)
                _ = try await site.keys.program.status()
                let losses = "clavero_proxy_link_losses_total{upstream=\"\(upstream)\"}"
                try await eventually { try await monitor.value(losses) == 4 }
                let line = try await site.proxy.program.line { $0.contains("no link to the server") }
                #expect(line.contains("\"reason\":\"") && line.contains(upstream))
                try await site.keys.start()
                try await monitor.waitUntilReady()
                try await eventually { count("link is up") == 2 }
                #expect(count("no link to the server") == 1)
                site.keys.program.signal(SIGTERM)
                _ = try await site.keys.program.status()
                try await eventually { count("no link to the server") == 2 }
                #expect(count("the server is stopping") == 1)
                try await site.keys.start()
                try await monitor.waitUntilReady()
                #expect(count("a link to the server was lost") == 0)
            }
        }
    }
}

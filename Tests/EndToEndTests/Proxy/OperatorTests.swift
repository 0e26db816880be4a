import Foundation
import TestKit
import Testing

/// The operator of a proxy, connected to the proxy's admin socket.
struct ProxyOperator {
    let client: Client

    init(_ path: String) async throws {
        client = try await Client(path: path)
    }

    /// Returns the text of all lines of a reply, without the codes.
    func ask(_ line: String) async throws -> [String] {
        try await client.write("\(line)\r\n")
        return try await client.reply().map { String($0.dropFirst("250 2.0.0 ".count)) }
    }

    /// Returns the attributes in a server's line of UPSTREAMS; nil if the server has no line.
    func words(of address: String) async throws -> [String: String]? {
        let line = try await ask("UPSTREAMS").first { $0.hasPrefix("\(address) ") }
        return line.map { line in
            let pairs = line.split(separator: " ").dropFirst().map { $0.split(separator: "=", maxSplits: 1) }
            return Dictionary(uniqueKeysWithValues: pairs.map { (String($0[0]), String($0[1])) })
        }
    }

    func words(of server: LiveSite.Daemon) async throws -> [String: String]? {
        try await words(of: "127.0.0.1:\(server.port)")
    }

    /// Repeats UPSTREAMS until a server's attributes satisfy the condition.
    func wait(for address: String, _ what: String, until isSo: ([String: String]?) -> Bool) async throws {
        var last: [String: String]?
        try await eventually("\(what), but \(last ?? [:])") {
            last = try await words(of: address)
            return isSo(last)
        }
    }

    func wait(
        for server: LiveSite.Daemon, _ what: String, until isSo: ([String: String]?) -> Bool
    ) async throws {
        try await wait(for: "127.0.0.1:\(server.port)", what, until: isSo)
    }

    func waitUntilReady(_ server: LiveSite.Daemon) async throws {
        try await wait(for: server, "ready") { $0?["state"] == "ready" }
    }

    func waitUntilGone(_ server: LiveSite.Daemon) async throws {
        try await wait(for: server, "gone") { $0 == nil }
    }
}

extension EndToEnd {
    @Suite("The proxy's operator", .serialized, .timeLimit(.minutes(4)))
    struct ProxyOperators {
        /// Starts another proxy in front of the first server of each kind, and runs `body` with the proxy and its
        /// operator.
        private static func run(
            _ options: [String] = [], _ body: (Pairs, LiveSite.Daemon, ProxyOperator) async throws -> Void
        ) async throws {
            try await Pairs.run { pairs in
                let path = "\(pairs.site.directory.path)/operator.sock"
                let proxy = try await LiveSite.Daemon(
                    "clavero-proxy",
                    ["--metrics", "127.0.0.1:0", "--threads", "2", "--admin-socket", path, "--name", "gate.example"]
                        + [pairs.keys[0], pairs.auth[0]].flatMap { ["--upstream", "127.0.0.1:\($0.port)"] } + options)
                try await Ready.wait(port: proxy.port, threads: 2)
                let proxyOperator = try await ProxyOperator(path)
                for server in [pairs.keys[0], pairs.auth[0]] { try await proxyOperator.waitUntilReady(server) }
                try await body(pairs, proxy, proxyOperator)
                proxy.program.signal(SIGTERM)
                #expect(try await proxy.program.status() == 0)
                #expect(!FileManager.default.fileExists(atPath: path))
            }
        }

        @Test(
            "The operator's commands are in HELP, report on the proxy, refuse errors, and are only for the operator"
        )
        func commands() async throws {
            try await Self.run { pairs, proxy, proxyOperator in
                let (keys, auth) = (pairs.keys[0].port, pairs.auth[0].port)
                let path = "\(pairs.site.directory.path)/operator.sock"
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o600)
                let client = try await Client(port: proxy.port, as: "alice")
                let other = try await Client(port: proxy.port)
                for verb in ["STATUS", "UPSTREAMS", "DRAIN", "RESUME", "DROPUPSTREAM 127.0.0.1:\(keys)"] {
                    try await client.expect("500 5.5.1 Unknown command; HELP lists them", to: verb)
                }
                let verbs = ["STATUS", "UPSTREAMS", "SESSIONS", "ADDUPSTREAM", "DROPUPSTREAM", "DRAIN", "RESUME"]
                for list in ["HELP", "COMMANDS"] {
                    // HELP has the name of a group before the first verb of the group.
                    let listed = try await proxyOperator.ask(list).flatMap { line in
                        line.split(separator: " ").prefix(2).map(String.init)
                    }
                    #expect(Set(verbs).isSubset(of: listed), "\(listed)")
                }
                let status = try await proxyOperator.ask("STATUS").filter { !$0.hasPrefix("uptime: ") }
                #expect(
                    status == [
                        "state: serving", "missing: nothing", "threads: 2", "sessions: 1 logged in, 1 strangers",
                        "upstreams: 2 of 2 ready", "plugins: keys auth",
                    ])
                let upstreams = try await proxyOperator.ask("UPSTREAMS")
                let rest = "links=2/2 sessions=1 inflight=0 losses=0 failures=0 latency-us=-"
                #expect(
                    upstreams == [
                        "127.0.0.1:\(keys) state=ready plugins=keys \(rest) upstream=127.0.0.1:\(keys)",
                        "127.0.0.1:\(auth) state=ready plugins=auth \(rest) upstream=127.0.0.1:\(auth)",
                    ])
                #expect(
                    try await proxyOperator.ask("SESSIONS") == [
                        "127.0.0.1/32 sessions=2 strangers=1", "1 of 1 addresses",
                    ])
                let unknown = "550 5.1.2 The proxy has no such upstream; UPSTREAMS lists them"
                for (line, reply) in [
                    ("ADDUPSTREAM 127.0.0.1:\(keys)", "550 5.7.1 The proxy already has this upstream"),
                    ("ADDUPSTREAM nonsense", "501 5.5.4 An upstream must be host:port, or unix: and a path"),
                    ("ADDUPSTREAM", "501 5.5.4 Usage: ADDUPSTREAM upstream"),
                    (
                        "ADDUPSTREAM 192.0.2.1:5000",
                        "550 5.7.1 A link to it needs certificates; the proxy's log has the reason"
                    ),
                    ("SESSIONS 0", "501 5.5.4 The limit must be a number from 1 to 1000"),
                    ("DROPUPSTREAM 127.0.0.1:1", unknown), ("DRAIN 127.0.0.1:1", unknown),
                    ("RESUME 127.0.0.1:1", unknown),
                ] {
                    try await proxyOperator.client.expect(reply, to: line)
                }
                #expect(try await proxyOperator.ask("UPSTREAMS") == upstreams)
                await client.close()
                await other.close()
            }
        }

        @Test("Servers are added and dropped under load, and no request fails and no session ends")
        func change() async throws {
            try await Self.run { pairs, proxy, proxyOperator in
                let monitor = try await Monitor(proxy.program)
                try await Load.run(proxy.port, signsUp: true) { load in
                    for (old, new) in [
                        (pairs.keys[0], pairs.keys[1]), (pairs.auth[0], pairs.auth[1]), (pairs.keys[1], pairs.keys[0]),
                        (pairs.auth[1], pairs.auth[0]),
                    ] {
                        try await proxyOperator.client.expect(
                            "250 2.0.0 127.0.0.1:\(new.port) is added; UPSTREAMS shows whether it is ready",
                            to: "ADDUPSTREAM 127.0.0.1:\(new.port)")
                        try await proxyOperator.waitUntilReady(new)
                        try await load.more()
                        try await proxyOperator.client.expect(
                            "250 2.0.0 127.0.0.1:\(old.port) is dropped; it finishes its running requests",
                            to: "DROPUPSTREAM 127.0.0.1:\(old.port)")
                        try await proxyOperator.waitUntilGone(old)
                        try await eventually {
                            try await !monitor.get("/metrics").body.contains("upstream=\"127.0.0.1:\(old.port)\"")
                        }
                        #expect(try await monitor.value(Pairs.links(new)) == 2)
                        try await load.more()
                        old.program.signal(SIGKILL)
                        _ = try await old.program.status()
                        try await load.more()
                        #expect(try await monitor.get("/readyz") == (200, "ready\n"))
                        try await old.start()
                    }
                    #expect(load.failures == [])
                }
            }
        }

        @Test("A drained server gets no more requests but keeps its links, until it is resumed")
        func drainServer() async throws {
            try await Self.run { pairs, proxy, proxyOperator in
                let (first, second) = (pairs.keys[0], pairs.keys[1])
                _ = try await proxyOperator.ask("ADDUPSTREAM 127.0.0.1:\(second.port)")
                try await proxyOperator.waitUntilReady(second)
                try await Load.run(proxy.port, signsUp: true) { load in
                    for (drained, other) in [(first, second), (second, first)] {
                        _ = try await proxyOperator.ask("DRAIN 127.0.0.1:\(drained.port)")
                        try await proxyOperator.wait(for: drained, "quiet") {
                            $0?["sessions"] == "0" && $0?["inflight"] == "0"
                        }
                        let words = try #require(try await proxyOperator.words(of: drained))
                        #expect(words["state"] == "draining" && words["links"] == "2/2")
                        drained.program.signal(SIGKILL)
                        _ = try await drained.program.status()
                        try await load.more()
                        try await drained.start()
                        try await proxyOperator.wait(for: drained, "connected") { $0?["links"] == "2/2" }
                        #expect(try await proxyOperator.words(of: drained)?["sessions"] == "0")
                        _ = try await proxyOperator.ask("RESUME 127.0.0.1:\(drained.port)")
                        try await proxyOperator.waitUntilReady(drained)
                        #expect(try await proxyOperator.words(of: other)?["state"] == "ready")
                    }
                    #expect(load.failures == [])
                }
            }
        }

        @Test("A drained proxy refuses new sessions, keeps existing ones, and passes its check")
        func drainProxy() async throws {
            try await Self.run { pairs, proxy, proxyOperator in
                let monitor = try await Monitor(proxy.program)
                let client = try await Client(port: proxy.port, as: "alice")
                let reply = try await proxyOperator.ask("DRAIN")
                #expect(reply == ["New sessions are refused; existing ones continue"])
                let refused = try Client(unheard: proxy.port)
                #expect(try await refused.line() == "421 4.3.2 The server is stopping; connect again")
                try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                #expect(try await proxyOperator.ask("STATUS").first == "state: draining")
                try await monitor.waitUntilReady("daemon: draining\n")
                let check = try await Tools.run(
                    Tools.own("clavero-proxy"),
                    ["check", "--listen", "127.0.0.1:\(proxy.port)", "--upstream", "127.0.0.1:1"])
                #expect(
                    check.status == 0 && check.output == "healthy: the proxy is drained, and takes no new sessions\n")
                #expect(try await proxyOperator.ask("RESUME") == ["New sessions are accepted"])
                let later = try await Client(port: proxy.port)
                try await later.logIn("alice")
                try await monitor.waitUntilReady()
                for client in [client, refused, later] { await client.close() }
            }
        }

        @Test("The last server of a plugin may be dropped, and its commands are answered as after its loss")
        func last() async throws {
            try await Self.run { pairs, proxy, proxyOperator in
                let monitor = try await Monitor(proxy.program)
                let client = try await Client(port: proxy.port, as: "alice")
                let upstream = "127.0.0.1:\(pairs.keys[0].port)"
                for (away, back) in [("DROPUPSTREAM", "ADDUPSTREAM"), ("DRAIN", "RESUME")] {
                    _ = try await proxyOperator.ask("\(away) \(upstream)")
                    try await client.expect(
                        "451 4.4.1 The server for this command is not reachable now; try again", to: "SIGN x")
                    try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                    try await monitor.waitUntilReady("plugin keys: a server for 0 of 2 threads\n")
                    _ = try await proxyOperator.ask("\(back) \(upstream)")
                    try await proxyOperator.waitUntilReady(pairs.keys[0])
                    #expect(try await client.ask("SIGN x").hasPrefix("250 2.0.0 clvs1.alice."))
                    try await monitor.waitUntilReady()
                }
                await client.close()
            }
        }
    }
}

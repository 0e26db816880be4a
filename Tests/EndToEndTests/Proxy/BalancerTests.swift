import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("A proxy behind a balancer", .serialized)
    struct Balancers {
        /// The source address of the connections that a balancer makes.
        private static let address = "127.0.0.9"

        /// Starts HAProxy with a configuration.
        static func start(_ configuration: String, in directory: TemporaryDirectory) throws -> Program {
            let path = "\(directory.path)/haproxy.cfg"
            try configuration.write(toFile: path, atomically: false, encoding: .utf8)
            let binary = "/usr/sbin/haproxy"
            try #require(FileManager.default.isExecutableFile(atPath: binary), "install Debian's package haproxy")
            return try Program(binary, ["-db", "-f", path])
        }

        /// Starts HAProxy in front of a proxy. Returns the program and the port on which it listens.
        private static func haproxy(
            to port: Int, _ way: String, door: String = "", in directory: TemporaryDirectory
        ) async throws -> (Program, port: Int) {
            // HAProxy does not report the port that it got from the system. The test therefore chooses a free port
            // itself.
            let free = try FalseServer().port
            let configuration = """
                defaults
                    mode tcp
                    timeout connect 5s
                    timeout client 60s
                    timeout server 60s
                listen door
                    bind 127.0.0.1:\(free) \(door)
                    server proxy 127.0.0.1:\(port) \(way) source \(address)

                """
            let program = try start(configuration, in: directory)
            try await eventually("haproxy listens") {
                guard program.isRunning else { throw Mismatch("haproxy ended: \(program.log.suffix(3))") }
                return (try? SocketTransport(port: free)) != nil
            }
            return (program, free)
        }

        private static func sender(of verb: String, _ site: LiveSite) throws -> String {
            let log = try String(contentsOfFile: "\(site.dataDirectory)/audit-keys.log", encoding: .utf8).lines
            return log.last { $0.contains("\"verb\":\"\(verb)\"") } ?? ""
        }

        @Test("The client's address is the one that the balancer reports", arguments: ["send-proxy", "send-proxy-v2"])
        func addresses(_ way: String) async throws {
            try await LiveSite.run(proxy: ["--balancer", Self.address]) { site in
                let directory = try TemporaryDirectory()
                let (haproxy, port) = try await Self.haproxy(to: site.port, way, in: directory)
                let netcat = try await Tools.run(
                    try Tools.path("nc.openbsd", package: "netcat-openbsd"),
                    ["-N", "-s", "127.0.0.7", "127.0.0.1", "\(port)"],
                    input: "SIGNUP alice \"correct horse\"\nPUBKEY alice\nQUIT\n")
                #expect(netcat.output.lines.contains("250 2.0.0 alice signed up, key 1"))
                site.keys.program.signal(SIGTERM)
                _ = try await site.keys.program.status()
                #expect(try Self.sender(of: "PUBKEY", site).contains("\"from\":\"127.0.0.7:"))
                try await site.keys.start()
                haproxy.signal(SIGKILL)
                _ = try await haproxy.status()
            }
        }

        /// Connects to the proxy, and sends `header` first.
        private static func connect(_ site: LiveSite, _ header: [UInt8]) async throws -> Client {
            let client = try Client(unheard: site.port, from: address)
            try await client.write(header)
            return client
        }

        private static func version2(from address: [UInt8], ssl: Bool) -> [UInt8] {
            let rest = address + [127, 0, 0, 1, 0x12, 0x67, 0x17, 0x70] + (ssl ? [0x20, 0, 5, 1, 0, 0, 0, 0] : [])
            return version2(0x21, 0x11, rest)
        }

        private static func version2(_ command: UInt8, _ family: UInt8, _ rest: [UInt8]) -> [UInt8] {
            let head = Array("\r\n\r\n".utf8) + [0] + Array("\r\nQUIT\n".utf8)
            return head + [command, family, 0, UInt8(rest.count)] + rest
        }

        @Test("A balancer's own connections are served, and count for the balancer's address")
        func health() async throws {
            try await LiveSite.run(proxy: ["--balancer", Self.address]) { site in
                for header in [Self.version2(0x20, 0x00, []), Array("PROXY UNKNOWN\r\n".utf8)] {
                    let client = try await Self.connect(site, header)
                    #expect(try await client.line() == "220 gate.example Clavero ready")
                    // AUTH is not offered to a client whose log-in would be refused.
                    try await client.write("EHLO x\r\n")
                    #expect(try await client.reply().allSatisfy { !$0.contains("AUTH") })
                    try await client.expect("250 2.0.0 OK", to: "NOOP")
                    #expect(try await client.ask("PUBKEY nobody") == "550 5.1.1 No such account")
                    #expect(try await client.ask("QUIT").hasPrefix("221 "))
                    await client.close()
                }
                site.keys.program.signal(SIGTERM)
                _ = try await site.keys.program.status()
                #expect(try Self.sender(of: "PUBKEY", site).contains("\"from\":\"\(Self.address):"))
            }
        }

        @Test("A password in clear is refused as on a connection directly from the client")
        func privacy() async throws {
            try await LiveSite.run(proxy: ["--balancer", "127.0.0.8/31"]) { site in
                let greeting = "220 gate.example Clavero ready"
                let logIn = "LOGIN alice \"correct horse\""
                let refused = "538 5.7.11 Passwords and tokens need an encrypted connection; STARTTLS begins one"
                let wrong = "535 5.7.8 Wrong name or password"
                for (header, answer) in [
                    (Array("PROXY TCP4 192.0.2.7 127.0.0.1 4711 6000\r\n".utf8), refused),
                    (Array("PROXY TCP4 127.0.0.5 127.0.0.1 4711 6000\r\n".utf8), wrong),
                    (Array("PROXY TCP4 0.0.0.0 127.0.0.1 4711 6000\r\n".utf8), refused),
                    (Array("PROXY TCP6 ::ffff:192.0.2.7 ::1 4711 6000\r\n".utf8), refused),
                    // The headers of these clients contain no address. They may be on any machine.
                    (Array("PROXY UNKNOWN\r\n".utf8), refused),
                    (Array("PROXY UNKNOWN ::1 ::1 4711 6000\r\n".utf8), refused),
                    (Self.version2(0x20, 0x00, []), refused), (Self.version2(0x21, 0x00, []), refused),
                    (Self.version2(0x20, 0x11, [127, 0, 0, 1, 127, 0, 0, 1, 0, 1, 0, 2]), refused),
                    (Self.version2(0x21, 0x12, [127, 0, 0, 1, 127, 0, 0, 1, 0, 1, 0, 2]), refused),
                    (Self.version2(0x21, 0x31, Array(repeating: 0, count: 216)), refused),
                    (Self.version2(0x21, 0x00, [0x20, 0, 5, 1, 0, 0, 0, 0]), refused),
                    (Self.version2(from: [192, 0, 2, 7], ssl: false), refused),
                    (Self.version2(from: [192, 0, 2, 7], ssl: true), wrong),
                ] {
                    let client = try await Self.connect(site, header)
                    #expect(try await client.line() == greeting)
                    try await client.expect(answer, to: logIn)
                    await client.close()
                }
            }
        }

        @Test("A configured balancer must send a header, and no other address may send one")
        func trust() async throws {
            try await LiveSite.run(proxy: ["--balancer", Self.address, "--balancer", "::1"]) { site in
                let header = "PROXY TCP4 192.0.2.7 127.0.0.1 4711 6000"
                let other = try await Client(port: site.port)
                try await other.expect("500 5.5.1 Unknown command; HELP lists them", to: header)
                await other.close()
                for bytes in [Array("NOOP\r\n".utf8), Array("PROXY TCP4 x\r\n".utf8), [0x16, 0x03, 0x01, 0, 5]] {
                    let client = try await Self.connect(site, bytes)
                    #expect(try await client.line() == nil)
                    await client.close()
                }
                // The input ends before the header is complete.
                let half = try await Self.connect(site, Array("PROXY TC".utf8))
                try await half.finish()
                #expect(try await half.line() == nil)
                await half.close()
            }
        }

        @Test("TLS begins after the header")
        func tls() async throws {
            try await LiveSite.run([.tls], proxy: ["--balancer", Self.address]) { site in
                let directory = try TemporaryDirectory()
                let (haproxy, port) = try await Self.haproxy(to: try await site.tlsPort, "send-proxy-v2", in: directory)
                let result = try await Tools.run(
                    try Tools.path("openssl", package: "openssl"),
                    ["s_client", "-quiet", "-connect", "127.0.0.1:\(port)", "-CAfile", site.certificate],
                    input: "SIGNUP alice \"correct horse\"\nQUIT\n")
                #expect(result.output.lines.contains("250 2.0.0 alice signed up, key 1"), "\(result.errors)")
                haproxy.signal(SIGKILL)
                _ = try await haproxy.status()
            }
        }
    }
}

import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("Text sent in clear never counts after TLS begins (CVE-2011-0411, GHSA-9cfh-vx93-84vv)", .serialized)
    struct Injection {
        @Test(
            "Bytes sent together with STARTTLS end the session at the proxy",
            arguments: ["NOOP\r\n", "N", "\u{0}", "LOGIN alice \"correct horse\"\r\n", "STARTTLS\r\n"])
        func behindSTARTTLS(_ behind: String) async throws {
            try await LiveSite.run([.tls]) { site in
                let client = try await Client(port: site.port)
                try await client.write("STARTTLS\r\n" + behind)
                #expect(
                    try await client.rest() == [
                        "554 5.5.1 Data came after STARTTLS before TLS was on; the session ends"
                    ])
                await client.close()
            }
        }

        @Test("Bytes in clear instead of the handshake end the connection at the proxy")
        func duringHandshake() async throws {
            try await LiveSite.run([.tls]) { site in
                for words in ["NOOP\r\n", "LOGIN alice \"correct horse\"\r\nWHOAMI\r\n", "\r\n\r\n\r\n\r\n\r\n"] {
                    let client = try await Client(port: site.port)
                    try await client.expect("220 2.0.0 Begin TLS", to: "STARTTLS")
                    try await client.write(words)
                    var bytes: [UInt8] = []
                    while let more = try await client.socket.read() { bytes += more }
                    // The server may send a TLS alert (content type 21), but no reply.
                    #expect(bytes.isEmpty || bytes[0] == 21, "\(String(decoding: bytes, as: UTF8.self))")
                    await client.close()
                }
            }
        }

        /// Runs a client with STARTTLS against a server that answers with `bytes` and then sends nothing more. The
        /// server may hang up. Returns the client's result and the server's port.
        private static func answer(
            _ bytes: String, hangsUp: Bool = false
        ) async throws -> (result: Tool.Result, port: Int) {
            let server = try FalseServer()
            let directory = try TemporaryDirectory()
            try await LiveSite.makeData("\(directory.path)/data")
            async let result = Tools.run(
                Tools.own("clavero"),
                [
                    "--port", "\(server.port)", "--tls", "starttls", "--ca",
                    "\(directory.path)/data/tls/server.crt", "WHOAMI",
                ])
            let transport = try await server.accept()
            try await transport.write(Array("220 false Clavero ready\r\n".utf8))
            let conversation = Conversation(transport)
            #expect(try await conversation.line() == "STARTTLS")
            try await transport.write(Array(bytes.utf8))
            if hangsUp { try await transport.finish() }
            while try await transport.read() != nil {}
            await transport.close()
            return (try await result, server.port)
        }

        @Test(
            "The client ignores a reply that follows the reply to STARTTLS",
            arguments: ["250 2.0.0 mallory\r\n", "250", "250-2.0.0 x\r\n250 2.0.0 mallory\r\n", "\u{16}"])
        func client(_ behind: String) async throws {
            let (result, port) = try await Self.answer("220 2.0.0 Begin TLS\r\n" + behind)
            #expect(result.status == 69)
            #expect(result.output == "")
            #expect(
                result.errors.lines == [
                    "clavero: 127.0.0.1:\(port): the server sent data in clear after its reply to STARTTLS; "
                        + "the data was discarded"
                ])
        }

        @Test("The client sends nothing in clear to a server that does not offer STARTTLS")
        func stripped() async throws {
            let (result, port) = try await Self.answer(
                "502 5.5.1 STARTTLS is not available; this server has no certificate\r\n")
            #expect(result.status == 1)
            #expect(
                result.errors.lines == [
                    "clavero: 127.0.0.1:\(port): 502 5.5.1 STARTTLS is not available; this server has no certificate"
                ])
        }

        @Test("The client reports in one line that the server hung up during the handshake")
        func hangsUp() async throws {
            let (result, port) = try await Self.answer("220 2.0.0 Begin TLS\r\n", hangsUp: true)
            let server = "clavero: 127.0.0.1:\(port)"
            #expect(result.status == 69)
            // On a slow machine the greeting may come late, and the client then writes a hint before.
            let lines = result.errors.lines.filter { !$0.contains("sends no greeting") }
            #expect(lines.count == 1)
            // The connection may end before the client begins the handshake.
            let texts = ["connection lost", "no TLS with the server: the connection ended during the handshake"]
            #expect(
                lines.allSatisfy { line in texts.contains { line.hasSuffix("\(server): \($0)") } }, "\(lines)")
        }
    }
}

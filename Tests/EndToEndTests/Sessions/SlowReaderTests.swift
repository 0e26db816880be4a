import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("A client that sends many requests and reads no replies", .serialized)
    struct SlowReaders {
        private static let mebibyte = 1024 * 1024

        @Test(
            "A client that reads nothing takes little memory, delays no other session, and gets all replies later")
        func flood() async throws {
            try await LiveSite.run { site in
                let before = try site.proxy.memory("VmRSS")
                let names = ["alice", "bob"]
                var floods: [(client: Client, done: Task<Void, any Error>)] = []
                for name in names {
                    let client = try await Client(port: site.port, as: name)
                    let socket = client.socket
                    floods.append((client, Task { try await Self.sendRequests(socket, name) }))
                }
                // Other sessions send many small requests through the proxy's links while the floods wait for their
                // readers.
                for name in ["carol", "dave", "erin"] {
                    let other = try await Client(port: site.port, as: name)
                    for _ in 0..<100 {
                        let reply = try await other.ask("SIGN x")
                        #expect(reply.hasPrefix("250 2.0.0 clvs1.\(name).1."), "\(reply)")
                        try await other.expect("250 2.0.0 \(name)", to: "WHOAMI")
                    }
                    await other.close()
                }
                for (name, flood) in zip(names, floods) {
                    try await Self.readReplies(flood.client, name)
                    try await flood.done.value
                    try await flood.client.expect("250 2.0.0 \(name)", to: "WHOAMI")
                    await flood.client.close()
                }
                let peak = try site.proxy.memory("VmHWM")
                #expect(peak - before < 200 * Self.mebibyte, "\((peak - before) / Self.mebibyte) MiB")
            }
        }

        private static let messages = 200
        private static let messageSize = 100 * 1024
        private static let small = 5000

        /// Sends a few large requests as alice, and many small requests as any other user.
        private static func sendRequests(_ socket: SocketTransport, _ name: String) async throws {
            guard name == "alice" else {
                return try await socket.write(Array(String(repeating: "PUBKEY\r\n", count: small).utf8))
            }
            let literal = [UInt8](repeating: 0xFF, count: messageSize)
            let request = Array("ENCRYPT {\(messageSize)+}\r\n".utf8) + literal + Array("\r\n".utf8)
            for _ in 0..<messages { try await socket.write(request) }
        }

        private static func readReplies(_ client: Client, _ name: String) async throws {
            guard name == "alice" else {
                for _ in 0..<small {
                    #expect(try await client.reply().map { $0.prefix(15) }.first == "250-2.0.0 -----")
                }
                return
            }
            for _ in 0..<messages {
                #expect(try await client.literal(behind: "250 2.0.0").count > messageSize)
            }
        }
    }
}

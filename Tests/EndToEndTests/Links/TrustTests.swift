import Foundation
import Link
import NIOCore
import Synchronization
import TestKit
import Testing
import Wire

extension EndToEnd {
    @Suite("The servers that a client trusts", .serialized)
    struct Trust {
        private static func connect(
            _ port: Int, isImplicit: Bool, _ trust: TLSTrust
        ) async throws -> ClientConnection {
            let endpoint = Endpoint.tcp(host: "localhost", port: port)
            let connection = try await ClientConnection.connecting(to: endpoint, tls: isImplicit ? trust : nil).get()
            #expect(try await connection.reply().code == 220)
            if !isImplicit {
                await connection.send(ByteBuffer(string: "STARTTLS\r\n"))
                #expect(try await connection.reply().code == 220)
                try await connection.beginTLS(trust).get()
            }
            return connection
        }

        @Test("A client trusts a server by the certificate that openssl also reads", arguments: [true, false])
        func certificate(_ isImplicit: Bool) async throws {
            try await LiveSite.run([.tls]) { site in
                let port = isImplicit ? try await site.tlsPort : site.port
                let seen = Mutex<[UInt8]>([])
                // The certificate contains neither this name nor the address.
                let trust = try TLSTrust(host: "other.example") { certificate in
                    seen.withLock { $0 = certificate }
                    return true
                }
                let connection = try await Self.connect(port, isImplicit: isImplicit, trust)
                await connection.send(ByteBuffer(string: "NOOP\r\n"))
                #expect(try await connection.reply().code == 250)
                connection.close()
                let file = "\(site.directory.path)/server.der"
                _ = try await Tools.run(
                    try Tools.path("openssl", package: "openssl"),
                    ["x509", "-in", site.certificate, "-outform", "DER", "-out", file])
                #expect(seen.withLock { Data($0) } == (try Data(contentsOf: URL(filePath: file))))
            }
        }

        @Test("The client refuses any other server and says why", arguments: [true, false])
        func refusal(_ isImplicit: Bool) async throws {
            try await LiveSite.run([.tls]) { site in
                let port = isImplicit ? try await site.tlsPort : site.port
                let trusts = [
                    try TLSTrust(host: "localhost") { _ in false }, try TLSTrust(host: "localhost", authority: nil),
                    try TLSTrust(host: "localhost", authority: "\(site.dataDirectory)/link/ca.crt"),
                ]
                for (index, trust) in trusts.enumerated() {
                    let failure = await #expect(throws: ConnectionFailure.self) {
                        _ = try await Self.connect(port, isImplicit: isImplicit, trust)
                    }
                    #expect(failure?.isUntrusted == true, "\(index)")
                }
                let nobody = await #expect(throws: ConnectionFailure.self) {
                    _ = try await Self.connect(1, isImplicit: isImplicit, trusts[0])
                }
                #expect(nobody?.isUntrusted == false)
            }
        }

        @Test("A large body arrives in parts, and unwanted parts are discarded")
        func parts() async throws {
            try await LiveSite.run { site in
                let endpoint = Endpoint.tcp(host: "127.0.0.1", port: site.port)
                let connection = try await ClientConnection.connecting(to: endpoint).get()
                let size = 5_000_000
                for line in ["SIGNUP alice \"correct horse\"", "LOGIN alice \"correct horse\""] {
                    await connection.send(ByteBuffer(string: "\(line)\r\n"))
                }
                for code in [220, 250, 235] { #expect(try await connection.reply().code == code) }
                let message = ByteBuffer(repeating: UInt8(ascii: "x"), count: size)
                func encrypt() async throws -> Int {
                    await connection.send(ByteBuffer(string: "ENCRYPT TO=alice {\(size)+}\r\n"))
                    await connection.send(message)
                    await connection.send(ByteBuffer(string: "\r\n"))
                    return try #require(try await connection.nextHead().get().bodyCount)
                }
                let count = try await encrypt()
                var seen = 0
                while let part = try await connection.nextBody().get() { seen += part.readableBytes }
                #expect(seen == count && count > size)
                #expect(try await encrypt() == count)
                _ = try await connection.nextBody().get()
                await connection.send(ByteBuffer(string: "NOOP\r\n"))
                #expect(try await connection.nextHead().get().reply == .done("OK"))
                #expect(try await connection.nextBody().get() == nil)
                connection.close()
            }
        }
    }
}

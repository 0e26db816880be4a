import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("TLS handshakes and TLS endings that fail", .serialized)
    struct Handshakes {
        /// The beginning of a Python program. It makes the bytes of an OpenSSL client's hello, `hello`, and defines
        /// `connect()`.
        private static let greeting = """
            import socket, ssl, struct, sys
            port, starttls, kind = int(sys.argv[1]), sys.argv[2] == "starttls", sys.argv[3]
            context = ssl._create_unverified_context()
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = context.wrap_bio(incoming, outgoing)
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                hello = outgoing.read()
            def connect():
                connection = socket.create_connection(("127.0.0.1", port), timeout=50)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if starttls:
                    lines = connection.makefile("rb")
                    assert lines.readline().startswith(b"220 ")
                    connection.sendall(b"STARTTLS\\r\\n")
                    assert lines.readline() == b"220 2.0.0 Begin TLS\\r\\n"
                return connection

            """

        private static let broken =
            greeting + """
                for number in range(200):
                    connection = connect()
                    if kind == "garbage":
                        connection.sendall(bytes([22, 3, 1]) + bytes((number * 7 + n) % 256 for n in range(400)))
                    elif kind == "nothing":
                        pass
                    elif kind == "whole":
                        connection.sendall(hello)
                    else:
                        connection.sendall(hello[:1 + number * 3 % len(hello)])
                    if kind == "reset":
                        linger = struct.pack("ii", 1, 0)
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    else:
                        try:
                            connection.shutdown(socket.SHUT_WR)
                            while (received := connection.recv(4096)):
                                assert received[0] in (21, 22) or kind == "whole", received
                        except OSError:  # it is closed already, or was reset
                            pass
                    connection.close()
                """

        @Test(
            "Two hundred broken handshakes leave no descriptor open",
            arguments: ["garbage", "nothing", "part", "whole", "reset"], ["implicit", "starttls"])
        func broken(_ kind: String, _ door: String) async throws {
            let options = ["--request-timeout", "600", "--metrics", "127.0.0.1:0"]
            try await LiveSite.run([.tls], proxy: options) { site in
                let client = try await Client(port: site.port, as: "alice")
                // Each count includes the connection that reads the metrics.
                let proxy = try await Monitor(site.proxy.program)
                let before = try #require(try await proxy.value("process_open_fds"))
                let port = door == "implicit" ? try await site.tlsPort : site.port
                let result = try await Tools.python(Self.broken, ["\(port)", door, kind])
                #expect(result.status == 0, "\(result.errors)")
                try await proxy.wait(for: before, "process_open_fds")
                try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                #expect(site.proxy.program.isRunning)
                await client.close()
            }
        }

        /// Nothing but the end may follow. A reply would be among the lines that the test reads.
        @Test(
            "A session waits no longer for a handshake than for a request", arguments: ["implicit", "starttls"])
        func silent(_ door: String) async throws {
            try await LiveSite.run([.tls], proxy: ["--request-timeout", "1", "--idle-timeout", "600"]) { site in
                let client: Client
                if door == "implicit" {
                    client = try Client(unheard: try await site.tlsPort)
                } else {
                    client = try await Client(port: site.port)
                    try await client.expect("220 2.0.0 Begin TLS", to: "STARTTLS")
                }
                #expect(try await client.rest() == [])
                await client.close()
            }
        }

        private static let dribbling =
            greeting + """
                connection = connect()
                for byte in hello:
                    connection.sendall(bytes([byte]))
                while True:
                    try:
                        tls.do_handshake()
                        break
                    except ssl.SSLWantReadError:
                        connection.sendall(outgoing.read())
                        incoming.write(connection.recv(4096))
                def say(line):
                    tls.write(line)
                    for byte in outgoing.read():
                        connection.sendall(bytes([byte]))
                say(b"NOOP\\r\\nWHOAMI\\r\\n")
                # close_notify: the client has said all that it will say, and waits for what it is owed.
                try:
                    tls.unwrap()
                except ssl.SSLWantReadError:
                    pass
                connection.sendall(outgoing.read())
                if kind == "fin":
                    connection.shutdown(socket.SHUT_WR)
                seen = b""
                while True:
                    try:
                        seen += tls.read(4096)
                    except ssl.SSLZeroReturnError:
                        break
                    except ssl.SSLWantReadError:
                        received = connection.recv(4096)
                        assert received, "no close_notify behind %r" % seen
                        incoming.write(received)
                sys.stdout.write(seen.decode())
                """

        @Test(
            "A client that sends single bytes and then closes its side gets every reply and a close_notify",
            arguments: ["open", "fin"], ["implicit", "starttls"])
        func dribbling(_ kind: String, _ door: String) async throws {
            try await LiveSite.run([.tls]) { site in
                let port = door == "implicit" ? try await site.tlsPort : site.port
                let result = try await Tools.python(Self.dribbling, ["\(port)", door, kind])
                #expect(result.errors == "")
                let greeting = door == "implicit" ? ["220 gate.example Clavero ready"] : []
                #expect(result.output.lines == greeting + ["250 2.0.0 OK", "530 5.7.0 Log in first"])
            }
        }
    }
}

import TestKit
import Testing

extension EndToEnd {
    /// The commands are IAC FF, DO FD, WONT FC, IP F4 and AYT F6 (RFC 854), and TIMING-MARK 06 (RFC 860).
    @Suite("telnet")
    struct Telnet {
        private static let interrupt: [UInt8] = [0xFF, 0xF4, 0xFF, 0xFD, 0x06]
        private static let noTimingMark: [UInt8] = [0xFF, 0xFC, 0x06]
        private static let areYouThere: [UInt8] = [0xFF, 0xF6]

        @Test("An interrupt is answered, whole and in pieces", arguments: [false, true])
        func interrupt(_ isWhole: Bool) async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port)
                let pieces = isWhole ? [Self.interrupt] : Self.interrupt.map { [$0] }
                for bytes in pieces { try await client.write(bytes) }
                #expect(try await client.bytes(3) == Self.noTimingMark)
                try await client.expect("250 2.0.0 OK", to: "NOOP")
                await client.close()
            }
        }

        @Test("AYT is answered")
        func areYouThereIsAnswered() async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port)
                try await client.write(Self.areYouThere)
                #expect(try await client.line() == "[clavero: yes]")
                try await client.write(Array("NO".utf8) + Self.areYouThere + Array("OP\r\n".utf8))
                let lines = [try await client.line(), try await client.line()]
                #expect(lines == ["[clavero: yes]", "250 2.0.0 OK"])
                await client.close()
            }
        }

        /// The user sees a new line after an interrupt, but the server still counts the bytes before it.
        @Test("Telnet commands do not change the line around them")
        func sequencesLeaveNoTraceInALine() async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port, as: "alice")
                let bytes = Array("WHO".utf8) + Self.interrupt + Array("AMI\r\n".utf8)
                for byte in bytes { try await client.write([byte]) }
                #expect(try await client.bytes(3) == Self.noTimingMark)
                #expect(try await client.reply() == ["250 2.0.0 alice"])
                await client.close()
            }
        }

        @Test("The bytes of a literal are not changed")
        func aLiteralIsLeftAlone() async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port, as: "alice")
                let message = Self.interrupt + Self.areYouThere + [0xFF, 0xFF, 0xFF, 0x0D, 0x00]
                try await client.write(Array("ENCRYPT {\(message.count)+}\r\n".utf8))
                for byte in message { try await client.write([byte]) }
                try await client.write("\r\n")
                let sealed = try await Self.literal(client, after: "250 2.0.0 {")
                try await client.write(Array("DECRYPT {\(sealed.count)+}\r\n".utf8) + sealed + Array("\r\n".utf8))
                #expect(try await Self.literal(client, after: "250 2.0.0 FROM=alice {") == message)
                try await client.expect("250 2.0.0 alice", to: "WHOAMI")
                await client.close()
            }
        }

        private static func literal(_ client: Client, after prefix: String) async throws -> [UInt8] {
            let line = try #require(try await client.line())
            let count = try #require(Int(try line.after(prefix).dropLast()))
            let bytes = try await client.bytes(count)
            #expect(try await client.line() == "")
            return bytes
        }

        /// A dialogue in which the user types a line and interrupts the next one. telnet shows nothing after an
        /// interrupt until the server has answered it.
        private static let session = """
            import os, pty, select, sys
            pid, terminal = pty.fork()
            if pid == 0:
                os.execv("/usr/bin/telnet", ["telnet", "127.0.0.1", sys.argv[1]])
            seen = b""
            def until(text):
                global seen
                while text not in seen:
                    if not select.select([terminal], [], [], 50)[0]:
                        os.kill(pid, 9)
                        sys.exit("no %r in %r" % (text, seen))
                    seen += os.read(terminal, 4096)
                seen = seen[seen.index(text) + len(text):]
            until(b"220 gate.example Clavero ready")
            os.write(terminal, b"HELO me\\n")
            until(b"250 gate.example")
            os.write(terminal, b"\\x03")
            os.write(terminal, b"NOOP\\n")
            until(b"250 2.0.0 OK")
            os.write(terminal, b"QUIT\\n")
            until(b"221 2.0.0 Bye")
            until(b"Connection closed by foreign host.")
            os.waitpid(pid, 0)
            print("done")
            """

        @Test("The program telnet completes a session")
        func theRealClient() async throws {
            _ = try Tools.path("telnet", package: "telnet")
            try await LiveSite.run { site in
                let result = try await Tools.python(Self.session, ["\(site.port)"])
                #expect(result.errors == "")
                #expect(result.output == "done\n")
            }
        }
    }
}

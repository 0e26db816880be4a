import TestKit
import Testing

extension EndToEnd {
    @Suite("Python's smtplib")
    struct Smtplib {
        /// The dialogue in Python. smtplib refuses reply lines of more than 8192 bytes.
        private static let dialogue = """
            import smtplib, sys
            smtp = smtplib.SMTP()
            print(smtp.connect("127.0.0.1", int(sys.argv[1])))
            print(smtp.ehlo("me")[0], smtp.has_extn("pipelining"), smtp.has_extn("size"), smtp.esmtp_features["size"])
            print(smtp.helo("me"))
            print(smtp.noop())
            print(smtp.rset())
            print(smtp.docmd("SIGNUP", 'alice "correct horse"'))
            print(smtp.docmd("LOGIN", 'alice "correct horse"'))
            print(smtp.docmd("WHOAMI"))
            print(smtp.docmd("LOGIN", 'alice "wrong horse"'))
            names = smtp.help().split()
            print([verb in names for verb in (b"SIGNUP", b"LOGIN", b"QUIT")])
            long = smtp.docmd("ENCRYPT", "x" * 4000)
            print(long[0], long[1][:11], len(long[1]) > 5000)
            print(smtp.quit())
            """

        @Test("A whole session works")
        func aWholeSession() async throws {
            try await LiveSite.run { site in
                let result = try await Tools.python(Self.dialogue, ["\(site.port)"])
                #expect(result.errors == "")
                #expect(
                    result.output.lines == [
                        "(220, b'gate.example Clavero ready')", "250 True True 1048576", "(250, b'gate.example')",
                        "(250, b'2.0.0 OK')", "(250, b'2.0.0 OK')", "(250, b'2.0.0 alice signed up, key 1')",
                        "(235, b'2.7.0 Logged in as alice')", "(250, b'2.0.0 alice')",
                        "(535, b'5.7.8 Wrong name or password')", "[True, True, True]", "250 b'2.0.0 clv1.' True",
                        "(221, b'2.0.0 Bye')",
                    ])
            }
        }

        /// RFC 5321 allows 512 bytes in a reply line; smtplib accepts 8192 with the line end.
        @Test("No reply line is too long for smtplib")
        func noReplyLineIsTooLong() async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port, as: "alice")
                let names = (0..<40).map { "recipient-\($0)" }
                for name in names { #expect(try await client.ask("SIGNUP \(name) 12345678").hasPrefix("250 ")) }
                try await client.logIn("alice")
                let to = "TO=" + names.joined(separator: ",")
                let requests = [
                    "COMMANDS", "HELP", "HELP ENCRYPT", "ENCRYPT \(String(repeating: "x", count: 4088))",
                    "ENCRYPT \(to) \(String(repeating: "x", count: 3500))",
                    "ENCRYPT \(to)\r\n\(String(repeating: "x", count: 60_000))\r\n.",
                ]
                for request in requests {
                    try await client.write(request + "\r\n")
                    var lines = try await client.reply()
                    if lines[0].hasPrefix("354") { lines = try await client.reply() }
                    #expect(lines.last!.hasPrefix("2"))
                    #expect(lines.allSatisfy { $0.utf8.count + 2 <= 8192 }, "\(request.prefix(20))")
                }
                await client.close()
            }
        }
    }
}

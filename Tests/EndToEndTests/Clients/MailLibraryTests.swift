import TestKit
import Testing

extension EndToEnd {
    @Suite("Mail libraries log in through TLS", .serialized)
    struct MailLibraries {
        private static let smtplib = """
            import smtplib, ssl, sys
            port, tls_port, certificate = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
            context = ssl.create_default_context(cafile=certificate)

            def show(smtp):
                print(smtp.has_extn("starttls"), smtp.esmtp_features.get("auth"))

            with smtplib.SMTP("127.0.0.1", port) as smtp:
                smtp.ehlo(); show(smtp)
                smtp.docmd("SIGNUP", 'alice "correct horse"')
                print(smtp.docmd("LOGIN", 'alice "correct horse"')[0])
                print(smtp.starttls(context=context))
                print(smtp.docmd("WHOAMI"))
                smtp.ehlo(); show(smtp)
                print(smtp.docmd("STARTTLS"))
                print(smtp.login("alice", "correct horse"))
                print(smtp.docmd("WHOAMI"))
            with smtplib.SMTP_SSL("127.0.0.1", tls_port, context=context) as smtp:
                smtp.user, smtp.password = "alice", "correct horse"
                smtp.ehlo(); show(smtp)
                for first in [True, False]:
                    for mechanism, answer in [("PLAIN", smtp.auth_plain), ("LOGIN", smtp.auth_login)]:
                        print(smtp.auth(mechanism, answer, initial_response_ok=first), smtp.docmd("WHOAMI"))
                        smtp.docmd("LOGOUT")
                try:
                    smtp.login("alice", "wrong horse")
                except smtplib.SMTPAuthenticationError as error:
                    print(error.smtp_code, error.smtp_error)
                print(smtp.docmd("WHOAMI"))
                print(smtp.quit())
            """

        @Test("smtplib logs in by PLAIN and by LOGIN, after STARTTLS and with SMTP_SSL")
        func python() async throws {
            try await LiveSite.run([.tls]) { site in
                let result = try await Tools.python(
                    Self.smtplib, ["\(site.port)", "\(try await site.tlsPort)", site.certificate])
                #expect(result.errors == "")
                let loggedIn = "(235, b'2.7.0 Logged in as alice')"
                let nobody = "(530, b'5.7.0 Log in first')"
                #expect(
                    result.output.lines == [
                        "True  PLAIN LOGIN", "235", "(220, b'2.0.0 Begin TLS')", nobody, "False  PLAIN LOGIN",
                        "(503, b'5.5.1 The session is encrypted already')", loggedIn, "(250, b'2.0.0 alice')",
                        "False  PLAIN LOGIN",
                    ] + Array(repeating: "\(loggedIn) (250, b'2.0.0 alice')", count: 4) + [
                        "535 b'5.7.8 Wrong name or password'", nobody, "(221, b'2.0.0 Bye')",
                    ])
            }
        }

        @Test(
            "curl logs in by PLAIN and by LOGIN, with --ssl-reqd and with smtps",
            arguments: [[], ["--login-options", "AUTH=LOGIN"], ["--sasl-ir"]])
        func curl(_ options: [String]) async throws {
            try await LiveSite.run([.tls]) { site in
                await (try Client(port: site.port, as: "alice")).close()
                let tlsPort = try await site.tlsPort
                for address in ["smtp://localhost:\(site.port)/me", "smtps://localhost:\(tlsPort)/me"] {
                    let common =
                        [
                            "--silent", "--show-error", "--ssl-reqd", "--cacert", site.certificate, address, "-X",
                            "WHOAMI",
                        ]
                        + options
                    let curl = try Tools.path("curl", package: "curl")
                    let result = try await Tools.run(curl, common + ["--user", "alice:correct horse"])
                    #expect(result.errors == "")
                    #expect(result.status == 0)
                    #expect(result.output.lines == ["250 2.0.0 alice"])
                    // The status is CURLE_LOGIN_DENIED.
                    #expect(try await Tools.run(curl, common + ["--user", "alice:wrong horse"]).status == 67)
                    // The status is CURLE_WEIRD_SERVER_REPLY.
                    #expect(try await Tools.run(curl, common).status == 8)
                }
            }
        }

        @Test("curl refuses an unknown certificate")
        func unknownAuthority() async throws {
            try await LiveSite.run([.tls]) { site in
                let arguments = [
                    "--silent", "--ssl-reqd", "smtp://localhost:\(site.port)/me", "--user", "alice:x", "-X", "WHOAMI",
                ]
                let result = try await Tools.run(try Tools.path("curl", package: "curl"), arguments)
                // The status is CURLE_PEER_FAILED_VERIFICATION.
                #expect(result.status == 60)
            }
        }
    }
}

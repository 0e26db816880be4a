import TestKit
import Testing

extension EndToEnd {
    @Suite("Mail libraries log in", .serialized)
    struct MailLibraries {
        private static let dialogue = """
            import smtplib, ssl, sys
            port, tls_port, certificate = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
            context = ssl.create_default_context(cafile=certificate)
            smtp = smtplib.SMTP("localhost", port)
            print(smtp.docmd("SIGNUP", 'alice "correct horse"'))
            print(smtp.starttls(context=context))
            smtp.ehlo()
            print(smtp.has_extn("starttls"), smtp.esmtp_features["auth"])
            print(smtp.login("alice", "correct horse"))
            print(smtp.docmd("WHOAMI"))
            for initial in (True, False):
                smtp.user, smtp.password = "alice", "correct horse"
                print(smtp.auth("LOGIN", smtp.auth_login, initial_response_ok=initial))
                print(smtp.auth("PLAIN", smtp.auth_plain, initial_response_ok=initial))
            try:
                smtp.login("alice", "wrong horse")
            except smtplib.SMTPAuthenticationError as error:
                print(error.smtp_code, error.smtp_error)
            print(smtp.quit())
            with smtplib.SMTP_SSL("localhost", tls_port, context=context) as smtp:
                print(smtp.login("alice", "correct horse"))
                print(smtp.docmd("WHOAMI"))
            """

        @Test("smtplib, by STARTTLS and by TLS from the first octet on")
        func smtplib() async throws {
            try await LiveSite.run(.sessions) { site in
                let result = try await Tools.python(
                    Self.dialogue, ["\(site.port)", "\(site.tlsPort())", site.certificate])
                #expect(result.errors == "")
                let loggedIn = "(235, b'2.7.0 Logged in as alice')"
                #expect(
                    result.output.lines == [
                        "(250, b'2.0.0 alice signed up, key 1')", "(220, b'2.0.0 Begin TLS')", "False  PLAIN LOGIN",
                        loggedIn, "(250, b'2.0.0 alice')", loggedIn, loggedIn, loggedIn, loggedIn,
                        "535 b'5.7.8 Wrong name or password'", "(221, b'2.0.0 Bye')", loggedIn, "(250, b'2.0.0 alice')",
                    ])
            }
        }

        private static func curl(_ address: String, _ site: LiveSite, _ more: [String] = []) async throws
            -> Tool.Result
        {
            try await Tools.run(
                try Tools.path("curl", package: "curl"),
                ["--silent", "--show-error", "--cacert", site.certificate, address] + more)
        }

        @Test("curl, by STARTTLS and by TLS from the first octet on, with a name and a password")
        func curl() async throws {
            try await LiveSite.run(.sessions) { site in
                let client = try await Client(port: site.port, as: "alice")
                await client.close()
                let user = ["--user", "alice:correct horse", "-X", "WHOAMI"]
                for address in ["smtp://localhost:\(site.port)/me", "smtps://localhost:\(try await site.tlsPort())/me"]
                {
                    let result = try await Self.curl(address, site, ["--ssl-reqd"] + user)
                    #expect(result.status == 0, "\(result.errors)")
                    #expect(result.output.lines == ["250 2.0.0 alice"])
                }
                let wrong = try await Self.curl(
                    "smtp://localhost:\(site.port)/me", site,
                    ["--ssl-reqd", "--user", "alice:wrong horse", "-X", "WHOAMI"])
                // CURLE_LOGIN_DENIED
                #expect(wrong.status == 67)
            }
        }
    }
}

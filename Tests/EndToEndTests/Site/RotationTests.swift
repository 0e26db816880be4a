import Foundation
import Signing
import TestKit
import Testing

extension EndToEnd {
    @Suite("claverod rotate while the servers run", .serialized)
    struct Rotations {
        private static let ended = "530 5.7.1 The log-in has ended; log in again"

        private static func rotate(_ site: LiveSite, _ more: [String] = []) async throws {
            let result = try await Tools.run(Tools.own("claverod"), ["rotate", site.dataDirectory] + more)
            #expect(result.status == 0, "\(result.errors)")
        }

        private static func hangUp(_ daemons: LiveSite.Daemon...) async throws {
            for daemon in daemons {
                let seen = daemon.program.log.count
                daemon.program.signal(SIGHUP)
                _ = try await daemon.program.line(after: seen) { $0.contains("\"message\":\"the keys were reloaded\"") }
            }
        }

        /// Verifies each token with the keys of the set by PyJWT. Returns for each token its subject, or the name of
        /// the exception.
        private static func judge(_ tokens: [String], _ keys: String) async throws -> [String] {
            let script = """
                import jwt, sys
                keys = jwt.PyJWKSet.from_json(sys.argv[1])
                for token in sys.argv[2:]:
                    try:
                        key = keys[jwt.get_unverified_header(token)["kid"]]
                        accept = dict(algorithms=["EdDSA"], issuer="clavero", audience="clavero")
                        print(jwt.decode(token, key.key, **accept)["sub"])
                    except (jwt.PyJWTError, KeyError) as error:
                        print(type(error).__name__)
                """
            let result = try await Tools.python(script, [keys] + tokens)
            #expect(result.status == 0, "\(result.errors)")
            return result.output.lines
        }

        private static func token(_ client: Client) async throws -> String {
            try await client.ask("TOKEN").after("250 2.0.0 ")
        }

        private static func keySet(_ client: Client) async throws -> String {
            try await client.ask("JWKS").after("250 2.0.0 ")
        }

        /// Waits until the current second is over. A server looks for new keys at most once a second, and it has done
        /// so in the second of its start.
        private static func passSecond() async throws {
            let start = Int(Date().timeIntervalSince1970)
            try await eventually { Int(Date().timeIntervalSince1970) != start }
        }

        @Test("Sessions and tokens survive a rotation, both keys are published, and withdrawing one ends its tokens")
        func overlap() async throws {
            try await LiveSite.run { site in
                let before = try await Client(port: site.port, as: "alice")
                let old = try await Self.token(before)
                try await Self.passSecond()
                try await Self.rotate(site)
                // No server has been told to read the new key, so the old key still signs.
                try await before.expect("250 2.0.0 alice", to: "WHOAMI")
                #expect(try await Self.judge([Self.token(before)], Self.keySet(before)) == ["alice"])

                try await Self.hangUp(site.auth)
                let after = try await Client(port: site.port)
                try await after.logIn("alice")
                let new = try await Self.token(after)
                #expect(new.prefix { $0 != "." } != old.prefix { $0 != "." })
                // The key server finds the new key without a signal.
                let sealed = try await after.ask("ENCRYPT attack at dawn").after("250 2.0.0 ")
                try await before.expect("250 2.0.0 FROM=alice attack at dawn", to: "DECRYPT \(sealed)")
                try await before.expect("250 2.0.0 alice", to: "WHOAMI")
                try await before.expect("235 2.7.0 Logged in as alice", to: "LOGIN TOKEN=\(old)")
                try await after.expect("235 2.7.0 Logged in as alice", to: "LOGIN TOKEN=\(new)")
                #expect(try await Self.judge([old, new], Self.keySet(after)) == ["alice", "alice"])

                try await Self.rotate(site, ["--withdraw"])
                try await Self.hangUp(site.auth, site.keys)
                try await before.expect(Self.ended, to: "SIGN x")
                try await before.expect("530 5.7.0 Log in first", to: "WHOAMI")
                try await after.expect("535 5.7.8 This is not a token of this site", to: "LOGIN TOKEN=\(old)")
                try await after.expect("250 2.0.0 alice", to: "WHOAMI")
                try await after.expect("250 2.0.0 FROM=alice attack at dawn", to: "DECRYPT \(sealed)")
                #expect(try await Self.judge([old, new], Self.keySet(after)) == ["KeyError", "alice"])
                try await before.logIn("alice")
                try await before.expect("250 2.0.0 FROM=alice attack at dawn", to: "DECRYPT \(sealed)")
            }
        }

        @Test("A second rotation drops the key before the last one, and a restart continues with the rest")
        func twice() async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port, as: "alice")
                let first = try await Self.token(client)
                try await Self.rotate(site)
                try await Self.hangUp(site.auth, site.keys)
                try await client.logIn("alice")
                let second = try await Self.token(client)
                try await Self.rotate(site)
                for server in [site.auth, site.keys] {
                    server.program.signal(SIGTERM)
                    #expect(try await server.program.status() == 0)
                    try await server.start()
                }
                #expect(try await client.askUntilAnswered("WHOAMI") == "250 2.0.0 alice")
                #expect(try await client.askUntilAnswered("ENCRYPT x").hasPrefix("250 2.0.0 clv1."))
                #expect(try await Self.judge([first, second], Self.keySet(client)) == ["KeyError", "alice"])
            }
        }
    }
}

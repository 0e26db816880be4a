import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("The keys of tokens over HTTP", .serialized)
    struct TokenDocuments {
        private static let option = ["--metrics", "127.0.0.1:0"]
        private static let keys = "/.well-known/jwks.json"
        private static let configuration = "/.well-known/openid-configuration"

        /// Verifies tokens with PyJWT's client, which fetches the keys by itself. Returns the subjects.
        private static func judge(_ monitor: Monitor, _ tokens: [String], issuer: String) async throws -> [String] {
            let script = """
                import jwt, sys
                client = jwt.PyJWKClient(sys.argv[1])
                for token in sys.argv[3:]:
                    key = client.get_signing_key_from_jwt(token).key
                    print(jwt.decode(token, key, algorithms=["EdDSA"], issuer=sys.argv[2], audience=sys.argv[2])["sub"])
                """
            let url = "http://127.0.0.1:\(monitor.port)\(keys)"
            let result = try await Tools.python(script, [url, issuer] + tokens)
            #expect(result.status == 0, "\(result.errors)")
            return result.output.lines
        }

        private static func tag(_ monitor: Monitor, _ path: String = keys) async throws -> String {
            let head = try await monitor.get(path, ["--head"]).body
            return String(try #require(head.firstMatch(of: /\r\nETag: (".+")\r\n/)).1)
        }

        @Test("PyJWKClient verifies tokens by the keys that an auth server serves, through a rotation")
        func keys() async throws {
            try await LiveSite.run(server: Self.option) { site in
                let monitor = try await Monitor(site.auth.program)
                let alice = try await Client(port: site.port, as: "alice")
                let old = try await alice.ask("TOKEN").after("250 2.0.0 ")
                #expect(try await Self.judge(monitor, [old], issuer: "clavero") == ["alice"])
                #expect(try await monitor.get(Self.keys).body == (try await alice.ask("JWKS").after("250 2.0.0 ")))

                let tag = try await Self.tag(monitor)
                for known in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
                    let answer = try await monitor.get(Self.keys, ["--include", "--header", "If-None-Match: \(known)"])
                    #expect(answer.status == 304 && answer.body.hasSuffix("\r\n\r\n"), "\(answer.body)")
                    #expect(answer.body.contains("ETag: \(tag)\r\n") && !answer.body.contains("Content-Length"))
                }
                // curl keeps the tag by itself, and asks with it.
                let file = "\(site.directory.path)/tag"
                let url = ["--etag-save", file, "--etag-compare", file]
                #expect(try await monitor.get(Self.keys, url).status == 200)
                #expect(try await monitor.get(Self.keys, url).status == 304)

                let rotated = try await Tools.run(Tools.own("claverod"), ["rotate", site.dataDirectory])
                #expect(rotated.status == 0, "\(rotated.errors)")
                // The new key is published before any server signs with it, without a signal.
                #expect(try await Self.tag(monitor) != tag)
                #expect(try await monitor.get(Self.keys, ["--header", "If-None-Match: \(tag)"]).status == 200)
                let still = try await alice.ask("TOKEN").after("250 2.0.0 ")
                #expect(still.prefix { $0 != "." } == old.prefix { $0 != "." })
                let seen = site.auth.program.log.count
                site.auth.program.signal(SIGHUP)
                _ = try await site.auth.program.line(after: seen) { $0.contains("the keys were reloaded") }
                let new = try await alice.ask("TOKEN").after("250 2.0.0 ")
                #expect(new.prefix { $0 != "." } != old.prefix { $0 != "." })
                #expect(try await Self.judge(monitor, [old, new], issuer: "clavero") == ["alice", "alice"])
                await alice.close()
            }
        }

        @Test("The documents have the fields that their specifications demand")
        func fields() async throws {
            let issuer = "https://id.example.org/clavero"
            try await LiveSite.run(server: Self.option + ["--site", issuer]) { site in
                let monitor = try await Monitor(site.auth.program)
                let head = try await monitor.get(Self.keys, ["--head"]).body
                for field in [
                    "Content-Type: application/jwk-set+json", "Cache-Control: public, max-age=60",
                    "X-Content-Type-Options: nosniff",
                ] { #expect(head.contains("\(field)\r\n"), "\(head)") }
                let answer = try await monitor.get(Self.configuration, ["--include"]).body
                #expect(answer.contains("Content-Type: application/json\r\n") && answer.contains("ETag: \""))
                let body = try #require(answer.components(separatedBy: "\r\n\r\n").last)
                let parsed = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
                #expect(parsed?["issuer"] as? String == issuer)
                #expect(parsed?["jwks_uri"] as? String == "\(issuer)/.well-known/jwks.json")
                #expect(parsed?["id_token_signing_alg_values_supported"] as? [String] == ["EdDSA"])
                #expect(parsed?["subject_types_supported"] as? [String] == ["public"])
                #expect(parsed?["response_types_supported"] as? [String] == ["id_token"])
                let alice = try await Client(port: site.port, as: "alice")
                let token = try await alice.ask("TOKEN").after("250 2.0.0 ")
                #expect(try await Self.judge(monitor, [token], issuer: issuer) == ["alice"])
                await alice.close()
            }
        }

        @Test("A site whose name is no URL has no configuration, and a key server serves neither document")
        func absence() async throws {
            try await LiveSite.run(server: Self.option, proxy: Self.option) { site in
                #expect(try await Monitor(site.auth.program).get(Self.configuration).status == 404)
                for program in [site.keys.program, site.proxy.program] {
                    let monitor = try await Monitor(program)
                    for path in [Self.keys, Self.configuration] {
                        #expect(try await monitor.get(path).status == 404)
                    }
                }
            }
        }
    }
}

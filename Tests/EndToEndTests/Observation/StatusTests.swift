import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("The status page", .serialized)
    struct StatusPages {
        private static let option = ["--metrics", "127.0.0.1:0"]

        /// A page as Chromium shows it on one screen in one scheme of colours.
        private struct Look: Decodable {
            let screen: String
            let scheme: String
            let client: Int
            let scroll: Int
            let wide: [String]
            let broken: [String]
            let contrast: Double
            let faint: String
            let text: String
            let refresh: String?
            let badges: [String]
        }

        /// The end of what the browser tells: the document, the messages about it, and what was loaded.
        private struct Rest: Decodable {
            let dom: String
            let messages: [String]
            let requests: [String]
        }

        /// Opens a daemon's page in a browser, and checks all that must hold for any page. The pictures go to the
        /// directory that `CLAVERO_TEST_PICTURES` names, if it is set.
        private static func look(at program: Program, _ name: String) async throws -> (looks: [Look], dom: String) {
            _ = try Tools.path("chromium-headless-shell", package: "chromium-headless-shell")
            let monitor = try await Monitor(program)
            let url = "http://127.0.0.1:\(monitor.port)/status"
            var words = [Repository.root.appending(path: "Tests/Screens/browser.py").path, url]
            if let pictures = ProcessInfo.processInfo.environment["CLAVERO_TEST_PICTURES"] {
                words.append("\(pictures)/\(name)")
                try FileManager.default.createDirectory(atPath: words[2], withIntermediateDirectories: true)
            }
            let result = try await Tools.run("/usr/bin/python3", words, seconds: 120)
            try #require(result.status == 0, "\(result.errors)")
            let lines = result.output.lines.map { Data($0.utf8) }
            try #require(lines.count == 5)
            let looks = try lines.dropLast().map { try JSONDecoder().decode(Look.self, from: $0) }
            let rest = try JSONDecoder().decode(Rest.self, from: lines[4])
            #expect(looks.map(\.screen) == ["phone", "phone", "desktop", "desktop"])
            for look in looks {
                #expect(look.scroll <= look.client && look.wide.isEmpty, "\(name) \(look.screen): \(look.wide)")
                #expect(look.broken.isEmpty, "\(name) \(look.screen): \(look.broken)")
                #expect(look.contrast >= 4.5, "\(name) \(look.scheme): \(look.faint)")
                #expect(look.refresh == "5")
            }
            // A browser asks for an icon by itself. It loads nothing else, and nothing violates the page's policy.
            #expect(rest.requests == [url], "\(rest.requests)")
            #expect(rest.messages.allSatisfy { $0.contains("favicon") || $0.contains("404") }, "\(rest.messages)")
            #expect(!rest.dom.contains("<script") && !rest.dom.contains("<iframe") && !rest.dom.contains(" style="))
            return (looks, rest.dom)
        }

        @Test("The proxy's page shows each server as up, down or draining, in words and by symbols, on every screen")
        func proxy() async throws {
            try await LiveSite.run(server: Self.option) { site in
                let nobody = "127.0.0.1:\(try Loopback.freePort())"
                let second = try await LiveSite.Daemon(
                    "claverod",
                    [
                        "--plugins", "keys", "--data-dir", site.dataDirectory, "--admin-socket", "off", "--audit-log",
                        "off", "--password-cost", "2,1,1",
                    ])
                let upstreams = [
                    "127.0.0.1:\(site.keys.port)", "127.0.0.1:\(site.auth.port)", "127.0.0.1:\(second.port)",
                ]
                let socket = "\(site.directory.path)/other.sock"
                let proxy = try await LiveSite.Daemon(
                    "clavero-proxy",
                    Self.option + ["--name", "gate.example", "--admin-socket", socket, "--threads", "1"]
                        + (upstreams + [nobody]).flatMap { ["--upstream", $0] })
                try await Ready.wait(port: proxy.port)
                let operatorClient = try await Client(path: socket)
                #expect(try await operatorClient.ask("DRAIN \(upstreams[2])").hasPrefix("250 "))
                let alice = try await Client(port: proxy.port, as: "alice")
                for number in 0..<40 { #expect(try await alice.ask("SIGN \(number)").hasPrefix("250 ")) }
                #expect(try await alice.ask("DECRYPT nonsense").hasPrefix("501 "))
                // The counters are sampled every five seconds; the newest bar is there after the next sample.
                let monitor = try await Monitor(proxy.program)
                try await eventually { try await monitor.get("/status").body.contains("<rect class=\"done\" x=") }

                let (looks, dom) = try await Self.look(at: proxy.program, "proxy")
                for look in looks {
                    #expect(look.badges.count == 5)
                    #expect(
                        look.badges.dropFirst().map { $0.trimmingCharacters(in: .whitespaces) }
                            == ["● up", "● up", "○ draining", "✕ down"])
                    for word in upstreams + [nobody, "gate.example", "SIGN", "onnection refused"] {
                        #expect(look.text.contains(word), "\(word) in \(look.text)")
                    }
                    #expect(!look.text.contains("alice"))
                }
                #expect(dom.contains("<td class=\"text\" data-label=\"Command\">SIGN</td>"))
                await alice.close()
                await operatorClient.close()
            }
        }

        @Test("Long names break no label of the proxy's page, and reach beyond no screen")
        func longNames() async throws {
            let server = try FalseServer()
            let (plugin, host) = (String(repeating: "m", count: 32), String(repeating: "x", count: 60) + ".example")
            let path = "/tmp/" + String(repeating: "d", count: 90)
            let proxy = try await LiveSite.Daemon(
                "clavero-proxy",
                Self.option + [
                    "--name", host, "--threads", "1", "--link-timeout", "60", "--upstream", "127.0.0.1:\(server.port)",
                    "--upstream", "unix:\(path)",
                ])
            let link = try await server.link(plugin)
            try await Monitor(proxy.program).wait(
                for: 1, "clavero_proxy_links_ready{upstream=\"127.0.0.1:\(server.port)\"}")
            let (looks, _) = try await Self.look(at: proxy.program, "long-names")
            for word in [plugin, host, path] { #expect(looks.allSatisfy { $0.text.contains(word) }, "\(word)") }
            await link.close()
        }

        @Test("A server's page shows its parts and its commands, and says what fails")
        func server() async throws {
            try await LiveSite.run(server: Self.option, proxy: Self.option) { site in
                let alice = try await Client(port: site.port, as: "alice")
                for number in 0..<20 { #expect(try await alice.ask("ENCRYPT \(number)").hasPrefix("250 ")) }
                let (looks, _) = try await Self.look(at: site.keys.program, "keys")
                for look in looks {
                    #expect(
                        look.badges.map { $0.trimmingCharacters(in: .whitespaces) }
                            == ["● ready", "● works", "● works", "● has room"])
                    for word in ["claverod keys", "ENCRYPT", "Password hasher", "0 of 64"] {
                        #expect(look.text.contains(word), "\(word)")
                    }
                    #expect(!look.text.contains("alice"))
                }
                let log = "\(site.dataDirectory)/audit-auth.log"
                try FileManager.default.moveItem(atPath: log, toPath: "\(log).1")
                try await Monitor(site.auth.program).waitUntilReady("audit log: vanished\n")
                let (failing, _) = try await Self.look(at: site.auth.program, "auth")
                #expect(failing[0].badges.first?.hasPrefix("✕") == true)
                #expect(failing[0].text.contains("audit log: vanished"))
                try FileManager.default.moveItem(atPath: "\(log).1", toPath: log)
                site.auth.program.signal(SIGHUP)
                try await Monitor(site.auth.program).waitUntilReady()
                _ = try await Self.look(at: site.proxy.program, "proxy-ready")
                await alice.close()
            }
        }

        @Test("The page's policy allows its style sheet and nothing else, and HEAD has the same fields")
        func policy() async throws {
            try await LiveSite.run(proxy: Self.option) { site in
                let monitor = try await Monitor(site.proxy.program)
                let whole = try await monitor.get("/status", ["--include"]).body
                let parts = try #require(whole.firstRange(of: "\r\n\r\n"))
                let body = String(whole[parts.upperBound...])
                let sheet = try #require(body.firstMatch(of: /(?s)<style>(.*)<\/style>/)).1
                let script = """
                    import base64, hashlib, sys
                    print(base64.b64encode(hashlib.sha256(sys.argv[1].encode()).digest()).decode())
                    """
                let hash = try await Tools.python(script, [String(sheet)]).output.lines[0]
                #expect(
                    whole.contains(
                        """
                        Content-Security-Policy: default-src 'none'; style-src 'sha256-\(hash)'; base-uri 'none'; \
                        form-action 'none'; frame-ancestors 'none'\r\n
                        """))
                for field in [
                    "Content-Type: text/html; charset=utf-8", "Cache-Control: no-store",
                    "X-Content-Type-Options: nosniff",
                    "Referrer-Policy: no-referrer", "Cross-Origin-Resource-Policy: same-origin",
                ] { #expect(whole.contains("\(field)\r\n"), "\(field)") }
                let head = try await monitor.get("/status", ["--head"])
                #expect(head.status == 200)
                let names = { (text: Substring) in
                    text.split(separator: "\r\n").dropFirst().map { $0.prefix { $0 != ":" } }
                }
                #expect(names(head.body[...]) == names(whole[..<parts.lowerBound]))
                #expect(try await monitor.get("/status", ["--request", "POST"]).status == 405)
            }
        }

        @Test("What a server says of itself and of its end is text on the page, whatever it says")
        func hostile() async throws {
            let server = try FalseServer()
            async let proxy = LiveSite.Daemon(
                "clavero-proxy", Self.option + ["--threads", "1", "--upstream", "127.0.0.1:\(server.port)"])
            let monitor = try await Monitor(await proxy.program)
            let link = try await server.accept()
            let conversation = Conversation(link)
            try await conversation.send("220 <script>alert(1)</script>\u{202E} ready")
            _ = try await conversation.line()
            try await conversation.send("<img src=x onerror=alert(1)>")
            await link.close()
            try await eventually { try await monitor.get("/status").body.contains("✕") }
            let body = try await monitor.get("/status").body
            #expect(!body.contains("<script") && !body.contains("<img") && !body.contains("\u{202E}"))
            try await proxy.program.signal(SIGTERM)
        }
    }
}

import Foundation
import TestKit
import Testing

extension EndToEnd {
    /// The tests run the commands of clavero(1), of README.md, and of the operator's part of clavero-proxy(8). They
    /// leave out those that need containers, a terminal or a signature by a key's owner.
    @Suite("The client's commands in the documents", .serialized, .timeLimit(.minutes(4)))
    struct ClientCommands {
        /// Signs up alice and bob, and creates the files and the SSH key that the documents mention.
        private static func people(_ site: LiveSite) async throws -> ManualShell {
            let shell = try await ManualShell(beside: site)
            for name in ["alice", "bob"] { await (try Client(port: site.port, as: name)).close() }
            shell.substitute("/var/lib/clavero", site.dataDirectory)
            shell.substitute("~/.local/share/clavero", site.dataDirectory)
            shell.substitute("--latency --count 60", "--latency --count 1")
            shell.set("CLAVERO_CA", site.certificate)
            try await shell.run(
                [],
                then: """
                    echo 'correct horse' >password; chmod 600 password
                    printf '%%PDF\\r\\n\\0.\\r\\n' >order.pdf; cp order.pdf before.pdf
                    cp etc/server.crt .
                    ssh-keygen -q -t ed25519 -N '' -f home/.ssh/id_ed25519
                    """)
            return shell
        }

        /// Returns the lines with a prompt before each.
        private static func plain(_ block: [String]) -> [String] { block.map { "$ " + $0 } }

        @Test("The commands of clavero(1) run")
        func page() async throws {
            let page = try ShownCommands("man/clavero.1")
            try await LiveSite.run([.tls]) { site in
                let shell = try await Self.people(site)
                try await shell.run([], then: "mkdir -p home/.zfunc home/.local/share/bash-completion/completions")
                try await shell.run([], then: "mkdir -p home/.config/fish/completions home/.config/clavero")
                try await shell.run(["$ cd /var/lib/clavero"] + page.take("$ openssl x509"))
                try await shell.run(page.take("$ clavero --generate-completion"))
                try await Self.signing(page, shell)
                try await Self.byKey(page, shell)
                let accounts = try await shell.run(page.take("# clavero --socket /var/lib/clavero/auth.sock"))
                #expect(accounts.contains("bob active "))
                try await shell.run(page.take("$ clavero --latency"), then: "\n[ $(wc -l <latency.txt) -ge 2 ]")
                let stat = try page.take("# clavero --socket /var/lib/clavero/keys.sock --stat")
                #expect(try await shell.run([stat[0] + " --count 1"]).hasPrefix(stat[1]))
                try await shell.run(Self.plain(page.take("until clavero NOOP")))
            }
        }

        private static func signing(_ page: ShownCommands, _ shell: ManualShell) async throws {
            let verify = try page.take("$ clavero VERIFY")
            let file = try await shell.run(page.take(">   echo \"SIGN"))
            #expect(file.hasPrefix("Logged in as alice\nclvs1.alice.1."), "\(file)")
            let far = try await shell.run(page.take("> clavero --host gate.example --ca"))
            shell.substitute("clvs1.alice.1.pNzx...", try #require(far.lines.last))
            #expect(try await shell.run(verify) == "alice signed this with key 1\n")
        }

        private static func byKey(_ page: ShownCommands, _ shell: ManualShell) async throws {
            let registration = try page.take(">   wc -c < ~/.ssh/id")
            try await shell.run(registration)
            try await shell.run(registration.map { $0.replacing("alice", with: "bob") })
            let file = try page.take("[gate]").joined(separator: "\n")
            try file.write(
                toFile: "\(shell.directory.path)/home/.config/clavero/config", atomically: true, encoding: .utf8)
            #expect(try await shell.run(page.take("$ clavero gate SIGN")).hasPrefix("clvs1.alice.1."))
            try await shell.run(page.take("$ clavero --user alice ENCRYPT"), then: "\ncmp order.pdf before.pdf")
            let object = try page.take("{\"body\"").map { $0.trimmingPrefix(while: { $0 == " " }) }.joined()
            let sealed = "$ printf 'attack at dawn' | clavero --user alice ENCRYPT TO=bob |"
            #expect(try await shell.run([sealed, "clavero --json --user bob DECRYPT"]) == object + "\n")
        }

        @Test("The operator's commands of clavero-proxy(8) return the replies that the page shows")
        func proxyOperator() async throws {
            let page = try ShownCommands("man/clavero-proxy.8")
            let socket = try TemporaryDirectory()
            let path = "\(socket.path)/admin.sock"
            try await LiveSite.run([.tls], proxy: ["--admin-socket", path]) { site in
                let shell = try await ManualShell(beside: site)
                shell.substitute("/run/clavero-proxy/admin.sock", path)
                shell.substitute("--socket admin.sock", "--socket \(path)")
                try await shell.run(page.take("$ clavero --socket /run/clavero-proxy"))
                let answers = ["STATUS", "UPSTREAMS", "SESSIONS", "ADDUPSTREAM", "DRAIN", "RESUME", "DROPUPSTREAM"]
                for verb in answers {
                    let block = try page.take("$ clavero --socket admin.sock \(verb)")
                    let got = try await shell.run(block)
                    let shown = Self.shapes(block.filter { !$0.hasPrefix("$ ") }.joined(separator: "\n"))
                    let unknown = Self.shapes(got).filter { !shown.contains($0) }
                    #expect(unknown == [] && !got.isEmpty, "\(verb): \(shown)")
                }
            }
        }

        /// Returns the lines without their numbers and addresses.
        private static func shapes(_ text: String) -> [String] {
            text.replacing("\\\n", with: "").replacing("latency-us=-", with: "latency-us=0")
                .replacing(/[0-9][0-9a-f:.]*/, with: "N").components(separatedBy: "\n").filter { !$0.isEmpty }
        }

        @Test("The commands of README.md run, and README.es.md has no others")
        func readme() async throws {
            let page = try ShownCommands("README.md")
            try await LiveSite.run([.tls]) { site in
                let shell = try await Self.people(site)
                try await shell.run([], then: "for u in alice bob; do \(Self.registration); done")
                shell.substitute(".build/debug/clavero", "clavero")
                shell.substitute("bob@gate.example ", "bob@gate.example:\(site.port) ")
                shell.substitute("clavero --latency", "clavero --latency --count 1")
                let tls = try await site.tlsPort
                shell.substitute("--tls implicit", "--tls implicit --port \(tls)")
                let scripts = try await shell.run(
                    Self.plain(page.take("printf '%s\\n' 'LOGIN")), then: "\ncmp order.pdf before.pdf")
                #expect(scripts.hasPrefix("Logged in as alice\nclvs1.alice.1."))
                let connections = try page.take("clavero --tls implicit")
                for line in connections.filter({ !$0.isEmpty }) {
                    let answers = try await shell.run(["$ printf 'EHLO me\\nHELP\\nQUIT\\n' | \(line)"])
                    #expect(answers.contains("ENCRYPT"), "\(line)")
                }
                let health = try await shell.run(Self.plain(page.take("clavero --socket ~/.local")))
                #expect(health.contains("bob active") && health.contains("database: ok"))
            }
            let starts = ["clavero --", "clavero bob", "claverod --", "openssl ", "docker ", "printf '"]
            let spanish = try ShownCommands("README.es.md").left.joined().filter { line in
                starts.contains { line.hasPrefix($0) }
            }
            let english = try ShownCommands("README.md").left.joined()
            #expect(spanish.count > 9 && spanish.allSatisfy(english.contains), "\(spanish)")
        }

        private static let registration = """
            printf '%s\n' "LOGIN $u" 'correct horse' "ADDKEY $(cat home/.ssh/id_ed25519.pub)" | clavero
            """
    }
}

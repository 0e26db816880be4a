import Foundation
import TestKit
import Testing

extension EndToEnd {
    /// The tests run the programs of Examples/clients and those that the READMEs show.
    @Suite("The examples of clients", .serialized)
    struct ExampleClients {
        private static let examples = Repository.root.appending(path: "Examples/clients").path

        /// Runs `script` with bash in a directory of its own, on a site with TLS, alice, bob and their password files.
        /// Then calls `check` with its result.
        private static func run(_ script: String, _ check: (Tool.Result) throws -> Void = { _ in }) async throws {
            try await LiveSite.run([.tls]) { site in
                for (name, password) in [("alice", "correct horse"), ("bob", "battery staple")] {
                    let client = try await Client(port: site.port)
                    try await client.expect("250 2.0.0 \(name) signed up, key 1", to: "SIGNUP \(name) \"\(password)\"")
                    await client.close()
                }
                let directory = try TemporaryDirectory()
                let start = """
                    set -eu; umask 077; cd "\(directory.path)"
                    echo 'correct horse' >alice.password; echo 'battery staple' >bob.password
                    printf 'a\\r\\n.\\r\\n\\0b' >message; head -c 3000000 /dev/urandom >large; : >empty
                    export CLAVERO_PORT=\(site.port) HOME=$PWD PATH="\(Repository.programs.path):$PATH"
                    as() { user=$1; shift; CLAVERO_PASSWORD_FILE=$user.password "${client[@]}" "$user" "$@"; }

                    """
                let result = try await Tools.run(
                    "/bin/bash", ["-c", start + script, "bash", examples, site.certificate], seconds: 120)
                #expect(result.status == 0, "\(result.errors)")
                try check(result)
            }
        }

        /// The tasks of each client: it seals and opens any bytes, signs and verifies, and ends with a status.
        private static let exchange = """
            for file in message large empty; do
                as alice ENCRYPT TO=bob <$file >sealed
                as bob DECRYPT <sealed 2>about | cmp - $file
            done
            if as alice DECRYPT <sealed 2>refusal; then exit 2; fi
            grep -q 'The message is not sealed to you' refusal
            as alice SIGN <message >signature
            "${client[@]}" - VERIFY "$(cat signature)" <message

            """

        @Test("The client in bash seals, opens, signs and verifies any bytes")
        func bash() async throws {
            try await Self.run(#"client=(bash "$1/client.sh");"# + "\n" + Self.exchange) { result in
                #expect(result.output.contains("alice signed this with key 1"), "\(result.output)")
            }
        }

        @Test("The client in Python does the same, also by STARTTLS, and verifies a token")
        func python() async throws {
            try await Self.run(
                #"client=(python3 "$1/client.py");"# + "\n" + Self.exchange + """
                    export CLAVERO_CA=$2 CLAVERO_HOST=localhost
                    as alice ENCRYPT TO=bob <message | as bob DECRYPT 2>about | cmp - message
                    clavero --user alice --password-file alice.password TOKEN >token
                    "${client[@]}" - VERIFY TOKEN= <token
                    """
            ) { result in
                #expect(result.output.contains("alice holds this token"), "\(result.output)")
            }
        }

        private static let hasGo = FileManager.default.isExecutableFile(atPath: "/usr/bin/go")

        @Test("The client in Go does the same", .enabled(if: hasGo))
        func go() async throws {
            try await Self.run(
                #"GOCACHE=$PWD/cache go build -o go-client "$1/client.go"; client=(./go-client);"# + "\n"
                    + Self.exchange)
        }

        @Test("The job opens a secret of the right sender alone, by password and by key")
        func job() async throws {
            try await Self.run(
                """
                ssh-keygen -q -t ed25519 -N '' -f ci.key
                clavero SIGNUP KEY="$(cat ci.key.pub)" ci
                clavero --user alice --password-file alice.password ENCRYPT TO=alice,ci,bob <message >deploy.clv
                export CLAVERO_USER=ci CLAVERO_KEY_FILE=ci.key
                "$1/ci-job.sh" deploy.clv alice deploy.env
                cmp deploy.env message; rm deploy.env
                if "$1/ci-job.sh" deploy.clv bob deploy.env; then exit 2; fi
                [ ! -e deploy.env ]
                unset CLAVERO_KEY_FILE
                CLAVERO_USER=bob CLAVERO_PASSWORD_FILE=bob.password "$1/ci-job.sh" deploy.clv alice deploy.env
                cmp deploy.env message
                """)
        }

        /// Returns the fenced blocks of a language in a file.
        private static func blocks(_ language: String, of file: String) throws -> [String] {
            let text = try String(contentsOf: Repository.root.appending(path: file), encoding: .utf8)
            return text.components(separatedBy: "```\(language)\n").dropFirst()
                .map { $0.components(separatedBy: "\n```")[0] }
        }

        @Test("The programs that the READMEs show run", arguments: ["README.md", "README.es.md"])
        func readme(_ file: String) async throws {
            let curl = try #require(Self.blocks("sh", of: file).first)
            let python = try #require(Self.blocks("python", of: file).first)
            let bash = try #require(Self.blocks("bash", of: file).first)
            try await Self.run(
                """
                cat >curl.sh <<'END'\n\(curl)\nEND
                cat >program.py <<'END'\n\(python)\nEND
                cat >program.sh <<'END'\n\(bash)\nEND
                sed -i "s/6000/$CLAVERO_PORT/" curl.sh program.py program.sh
                sh curl.sh >curl.out; python3 program.py; timeout 20 bash program.sh; tail -1 curl.out
                """
            ) { result in
                for text in ["(250, b'2.0.0 bob signed this with key 1')", "clvs1.alice.1.", "clv1."] {
                    #expect(result.output.contains(text), "\(text): \(result.output)")
                }
            }
        }
    }
}

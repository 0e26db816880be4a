import TestKit
import Testing

extension EndToEnd {
    @Suite("Content is never read as framing", .serialized)
    struct Framing {
        private static let key =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM0Us3+VbpUxlP9/tzs9gdzFYdYadTgJS3w+GmQ+5fOq"

        @Test("A log-in key's comment that looks like a literal's announcement swallows no replies")
        func comment() async throws {
            try await LiveSite.run { site in
                let client = try await Client(port: site.port, as: "mallory")
                #expect(try await client.ask("ADDKEY \"\(Self.key) x {363}\"").hasPrefix("250 "))
                try await client.write("LISTKEYS\r\nWHOAMI\r\n")
                #expect(try await client.line()?.hasSuffix(" x {363} ") == true)
                #expect(try await client.line() == "250 2.0.0 mallory")
                await client.close()
            }
        }

        @Test("A plugin's long line reaches its client as several lines within the limit")
        func longLine() async throws {
            let plugin = try ScriptPlugin(
                ScriptPlugin.ready + ScriptPlugin.requests + """
                    answer "250 2.0.0 $(head -c 20000 /dev/zero | tr '\\0' x)"
                    done
                    """)
            try await LiveSite.run(keys: plugin.options()) { site in
                let client = try await Client(port: site.port)
                try await client.write("HI there\r\n")
                let lines = try await client.reply()
                #expect(lines.count == 3 && lines.allSatisfy { $0.utf8.count <= 8190 })
                #expect(lines.map { $0.dropFirst(10) }.joined() == String(repeating: "x", count: 20_000))
                try await client.expect("250 2.0.0 OK", to: "NOOP")
                await client.close()
            }
        }

        /// The inputs. Each character is the byte whose value is the character's number.
        private static let inputs = [
            "DECRYPT  \u{FF} {30+}\r\n#3 13 TOKEN=x\r\n250 2.0.0 x\r\n\n\u{FF}\u{FE}\n.\nSIGN MK0KM\r\n",
            "{3+}\r\nHELP \u{FF}\u{F6}\r\n\u{F6}\r\n", "HELP \u{FF}\u{FA}\nHELP ZZ\nNOOP x\n\u{FF}\u{F0}\nEHLO\n",
        ]

        @Test("The replies are the same wherever the input is cut", arguments: inputs)
        func cuts(_ input: String) async throws {
            let bytes = input.unicodeScalars.map { UInt8($0.value) }
            try await LiveSite.run { site in
                func answers(_ pieces: [ArraySlice<UInt8>]) async throws -> [String] {
                    let client = try await Client(port: site.port)
                    for piece in pieces { try await client.write(Array(piece)) }
                    try await client.finish()
                    return try await client.rest()
                }
                let whole = try await answers([bytes[...]])
                #expect(try await answers(bytes.indices.map { bytes[$0...$0] }) == whole)
                for cut in 1..<bytes.count { #expect(try await answers([bytes[..<cut], bytes[cut...]]) == whole) }
            }
        }
    }
}

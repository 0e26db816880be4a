import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("claverod init that was interrupted", .serialized)
    struct InterruptedInit {
        private static func claverod(_ words: String...) async throws -> Tool.Result {
            try await Tools.run(Tools.own("claverod"), words)
        }

        /// Makes a site and leaves it as a run that was killed does: with the mark, without the files that the run had not
        /// made yet, and with a draft.
        private static func site(_ path: String, _ mark: String, without names: [String]) async throws {
            #expect(try await claverod("init", path).status == 0)
            try mark.write(toFile: "\(path)/init.unfinished", atomically: true, encoding: .utf8)
            for name in names { try FileManager.default.removeItem(atPath: "\(path)/\(name)") }
            try "half".write(toFile: "\(path)/token.key.new", atomically: true, encoding: .utf8)
        }

        @Test(
            "No server or tool uses the site, and the same command completes it",
            arguments: [
                ["clavero.db", "link", "tls"], ["clavero.db", "link", "tls", "audit.pub", "audit.key", "token.pub"],
                ["root.key"],
                [],
            ])
        func create(_ missing: [String]) async throws {
            let directory = try TemporaryDirectory()
            let data = "\(directory.path)/data"
            try await Self.site(data, "claverod init\nroot.key\n", without: missing)
            if missing == ["root.key"] { try FileManager.default.removeItem(atPath: "\(data)/clavero.db") }
            let key = try? Data(contentsOf: URL(filePath: "\(data)/root.key"))
            let reason = "claverod: \(data)/init.unfinished: claverod init was interrupted; run it again\n"
            let server = try await Self.claverod("--plugins", "keys", "--data-dir", data, "--listen", "127.0.0.1:0")
            #expect(server.status == 78 && server.errors == reason, "\(server)")
            for words in [["rotate", data], ["certificate", data], ["init", "--upgrade", data]] {
                let result = try await Tools.run(Tools.own("claverod"), words)
                #expect(result.status == 78 && result.errors == reason, "\(words): \(result)")
            }
            #expect(try await Self.claverod("init", data).status == 0)
            let made = try FileManager.default.subpathsOfDirectory(atPath: data)
            #expect(!made.contains { $0.hasSuffix(".new") || $0.hasSuffix("unfinished") }, "\(made)")
            if let key { #expect(try Data(contentsOf: URL(filePath: "\(data)/root.key")) == key) }
            let check = try await Self.claverod(
                "--plugins", "keys,auth", "--data-dir", data, "--listen", "127.0.0.1:0", "--link-tls", "always",
                "--check-config")
            #expect(check.status == 0, "\(check)")
            #expect(try await Self.claverod("rewrap", data).status == 0)
            #expect(try await Self.claverod("init", data).status == 73)
        }

        @Test("An interrupted upgrade makes the files anew that it was making, and no others")
        func upgrade() async throws {
            let directory = try TemporaryDirectory()
            let data = "\(directory.path)/data"
            let names = ["ca.crt", "ca.key", "proxy.crt", "proxy.key", "keys.crt", "keys.key", "auth.crt", "auth.key"]
            let mark = (["claverod init --upgrade"] + names.map { "link/\($0)" }).joined(separator: "\n") + "\n"
            try await Self.site(data, mark, without: ["link/keys.key", "link/auth.crt", "link/auth.key"])
            let audit = try Data(contentsOf: URL(filePath: "\(data)/audit.key"))
            let reason = "claverod: \(data)/init.unfinished: claverod init --upgrade was interrupted; run it again\n"
            #expect(try await Self.claverod("init", data).errors == reason)
            let result = try await Self.claverod("init", "--upgrade", data)
            #expect(result.output == "Added: \(names.map { "link/\($0)" }.joined(separator: ", "))\n", "\(result)")
            #expect(try Data(contentsOf: URL(filePath: "\(data)/audit.key")) == audit)
            let check = try await Self.claverod(
                "--plugins", "auth", "--data-dir", data, "--listen", "127.0.0.1:0", "--link-tls", "always",
                "--check-config")
            #expect(check.status == 0, "\(check)")
        }
    }
}

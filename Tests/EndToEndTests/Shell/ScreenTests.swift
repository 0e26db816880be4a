import Foundation
import TestKit
import Testing

extension EndToEnd {
    /// Each test plays a file of Tests/Screens on a terminal, with a site of its own.
    @Suite("The screens of the shell", .serialized)
    struct Screens {
        private static let directory = Repository.root.appending(path: "Tests/Screens")

        private static let files: [String] = {
            let names = try? FileManager.default.contentsOfDirectory(atPath: directory.path)
            return (names ?? []).filter { $0.hasSuffix(".txt") }.sorted()
        }()

        /// The files that are also played in a small window, according to their own comment.
        private static let smallFiles = files.filter { file in
            let text = try? String(contentsOf: directory.appending(path: file), encoding: .utf8)
            return text?.contains("\n# Also at 40x12.\n") == true
        }

        @Test("There are files of screens") func exist() { #expect(Self.files.count > 10 && Self.smallFiles.count > 5) }

        @Test("The keys of a file lead to its screens", arguments: files)
        func play(_ file: String) async throws { try await Self.play(file, "80x24") }

        @Test("The keys of a file lead to its screens in a small window", arguments: smallFiles)
        func playSmall(_ file: String) async throws { try await Self.play(file, "40x12") }

        private static func play(_ file: String, _ size: String) async throws {
            try await LiveSite.run([.tls]) { site in
                let fingerprint = try await Self.fingerprint(site.certificate)
                let values = [
                    "port": "\(site.port)", "tls": "\(try await site.tlsPort)", "clavero": Tools.own("clavero"),
                    "keys": "\(site.keys.program.pid)", "fingerprint": fingerprint,
                    "fingerprint1": String(fingerprint.prefix(47)), "fingerprint2": String(fingerprint.suffix(47)),
                ]
                let play = try await Tools.run(
                    try Tools.path("python3", package: "python3-pyte"),
                    [
                        Self.directory.appending(path: "terminal.py").path,
                        Self.directory.appending(path: file).path, size,
                    ] + values.map { "\($0.key)=\($0.value)" }, seconds: 90)
                #expect(play.status == 0, "\(play.errors)")
            }
        }

        private static func fingerprint(_ certificate: String) async throws -> String {
            let shown = try await Tools.run(
                try Tools.path("openssl", package: "openssl"),
                ["x509", "-noout", "-fingerprint", "-sha256", "-in", certificate])
            return try #require(shown.output.lines.first?.split(separator: "=").last.map(String.init))
        }
    }
}

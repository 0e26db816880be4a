import Foundation
import TestKit
import Testing

@Suite("The manual")
struct ManualLintTests {
    private static let pages: [String] = {
        let folder = Repository.root.appending(path: "man").path
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }()

    @Test("Each program and the protocol have a page")
    func presence() {
        for page in ["clavero.1", "clavero-protocol.7", "clavero-proxy.8", "claverod.8"] {
            #expect(Self.pages.contains(page))
        }
    }

    @Test("mandoc finds no fault in a page", arguments: Self.pages)
    func lint(_ page: String) async throws {
        let path = ["/usr/bin/mandoc", "/usr/local/bin/mandoc"].first(where: FileManager.default.isExecutableFile)
        let mandoc = try #require(path, "there is no mandoc: install Debian's package mandoc")
        let result = try await Tool.run(mandoc, ["-T", "lint", Repository.root.appending(path: "man/\(page)").path])
        // The lines that are left out concern the manuals that this machine has.
        let found = (result.output + result.errors).components(separatedBy: "\n").filter { line in
            !line.isEmpty && !line.contains("referenced manual not found") && !line.contains("outdated mandoc.db")
        }
        #expect(found == [])
    }
}

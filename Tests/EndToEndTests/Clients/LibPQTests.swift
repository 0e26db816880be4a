import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("libpq is loaded only for a PostgreSQL database", .serialized)
    struct LibPQ {
        /// Returns the memory map of the test process. It is longer than one read returns (proc(5)).
        private static func ownMap() throws -> String {
            let handle = try #require(FileHandle(forReadingAtPath: "/proc/self/maps"))
            return String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
        }

        /// A file in the place of libpq, where the loader looks first.
        enum BrokenLibrary: CaseIterable, Sendable {
            /// An empty file.
            case empty
            /// A library without the functions of libpq.
            case other

            func make(in directory: String) throws {
                let path = "\(directory)/libpq.so.5"
                switch self {
                case .empty: try Data().write(to: URL(filePath: path))
                case .other:
                    let library = try #require(LibPQ.ownMap().firstMatch(of: /\/.*\/libc\.so\.6/)).output
                    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: String(library))
                }
            }

            /// The loader's message.
            var reason: String {
                switch self {
                case .empty: "libpq.so.5: file too short"
                case .other: "undefined symbol: PQclear"
                }
            }
        }

        @Test("If libpq cannot be loaded, one line names the missing package", arguments: BrokenLibrary.allCases)
        func missing(_ library: BrokenLibrary) async throws {
            let directory = try TemporaryDirectory()
            let (data, libraries) = ("\(directory.path)/data", "\(directory.path)/lib")
            try FileManager.default.createDirectory(atPath: libraries, withIntermediateDirectories: false)
            try library.make(in: libraries)
            let claverod = { (words: [String]) in
                try await Tools.run(
                    Tools.own("claverod"), words, environment: ["LD_LIBRARY_PATH": libraries], seconds: 20)
            }
            let url = "postgresql://owner@127.0.0.1:1/none"
            let serve = ["--plugins", "keys", "--data-dir", data, "--listen", "127.0.0.1:0", "--database", url]
            let begin = "claverod: the client library for this database is missing: libpq, Debian's package libpq5: "
            func expectMissing(_ words: [String], status: Int32 = 69) async throws {
                let result = try await claverod(words)
                #expect(result.status == status)
                #expect(result.errors.lines.count == 1 && result.errors.hasPrefix(begin), "\(result.errors)")
                #expect(result.errors.hasSuffix("\(library.reason)\n"), "\(result.errors)")
            }
            for words in [
                ["init", "--database", url, data], ["rewrap", "--database", url, directory.path],
                ["migrate", "--from", url, "--to", "\(directory.path)/copy.db"],
            ] {
                try await expectMissing(words)
            }
            #expect(!FileManager.default.fileExists(atPath: data))

            // A site on SQLite does not need libpq.
            #expect(try await claverod(["init", data]).status == 0)
            try await expectMissing(serve, status: 78)
        }

        /// Only root can read a daemon's memory map, so the loader lists the libraries (ld.so(8), LD_DEBUG).
        @Test("A server on SQLite does not load libpq")
        func unused() async throws {
            let directory = try TemporaryDirectory()
            let data = "\(directory.path)/data"
            try await LiveSite.makeData(data)
            let server = try Program(
                "claverod", ["--plugins", "keys", "--data-dir", data, "--listen", "127.0.0.1:0"],
                environment: ["LD_DEBUG": "files", "LD_DEBUG_OUTPUT": "\(directory.path)/loader"])
            let client = try await Client(port: try await server.port())
            try await client.expect("250 2.0.0 alice signed up, key 1", to: "SIGNUP alice \"correct horse\"")
            await client.close()
            let loaded = try String(contentsOfFile: "\(directory.path)/loader.\(server.pid)", encoding: .utf8)
            #expect(loaded.contains("file=libsqlite3.so"))
            for library in ["pq", "gssapi_krb5", "ldap", "gnutls"] {
                #expect(!loaded.contains("file=lib\(library)"), "\(library)")
            }
        }
    }
}

import Foundation
import TestKit
import Testing

extension EndToEnd {
    @Suite("The sample settings", .serialized, .timeLimit(.minutes(10)))
    struct Samples {
        private static let services = ["keys", "auth", "proxy"]

        /// Makes a site, and returns the sample of a service for it and the path of the settings file to write.
        private static func sample(
            of service: String, in directory: TemporaryDirectory
        ) async throws -> (sample: Sample, path: String) {
            try await Sample.makeSite(in: directory.path)
            return (try Sample(service, in: directory.path), "\(directory.path)/\(service).conf")
        }

        /// Starts the service of a sample, and stops it.
        private static func start(_ sample: Sample, _ path: String) async throws {
            let program = try Program(sample.program, ["--config", path])
            _ = try await program.port()
            program.signal(SIGTERM)
            #expect(try await program.status() == 0)
        }

        @Test("A service starts with each single line of its sample uncommented", arguments: Self.services)
        func anyLine(_ service: String) async throws {
            let directory = try TemporaryDirectory()
            let (sample, path) = try await Self.sample(of: service, in: directory)
            #expect(sample.commented.count > 15)
            for index in [nil] + sample.commented.map(Optional.some) {
                try sample.write(to: path, uncommenting: index)
                let line = index.map { sample.lines[$0] } ?? "no line"
                if line.hasPrefix("#database = ") {
                    try await Self.refuse(sample, path)
                } else {
                    do { try await Self.start(sample, path) } catch { Issue.record("\(line): \(error)") }
                }
            }
        }

        /// There is no such database. The one line of the refusal names it, or says which library is missing.
        private static func refuse(_ sample: Sample, _ path: String) async throws {
            let result = try await Tools.run(Tools.own(sample.program), ["--config", path], seconds: 20)
            #expect(result.status != 0 && result.errors.lines.count == 1, "\(result)")
            #expect(result.errors.contains("postgresql://") || result.errors.contains("libpq"), "\(result)")
        }

        @Test("--check-config finds nothing wrong in a sample, and makes nothing", arguments: Self.services)
        func check(_ service: String) async throws {
            let directory = try TemporaryDirectory()
            let (sample, path) = try await Self.sample(of: service, in: directory)
            try sample.write(to: path)
            let before = try Listing(of: directory.path)
            let result = try await Tools.run(Tools.own(sample.program), ["--config", path, "--check-config"])
            #expect(result.status == 0 && result.errors == "", "\(result)")
            #expect(result.output == "\(sample.program): \(path): the settings are good\n")
            #expect(try Listing(of: directory.path) == before)
        }
    }
}

/// The files below a directory, with their sizes and the times of their last changes.
struct Listing: Equatable {
    private let entries: [String: [Int]]

    /// - Parameter isOpened: Whether a program may open the SQLite database. That changes the times of its files, and the
    ///   last reader may leave an empty log.
    init(of directory: String, isOpened: Bool = false) throws {
        var entries: [String: [Int]] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: directory) {
            if isOpened && name.hasPrefix("clavero.db") { continue }
            var status = stat()
            guard lstat("\(directory)/\(name)", &status) == 0 else { throw Mismatch("\(name) is gone") }
            entries[name] = [
                Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
                status.st_ctim.tv_nsec, Int(status.st_mode),
            ]
        }
        self.entries = entries
    }
}

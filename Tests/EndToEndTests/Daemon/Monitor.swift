import Foundation
import TestKit

/// What asks a daemon for its metrics, by curl.
struct Monitor {
    let port: Int

    /// That of a daemon that was started with `--metrics` and any port.
    init(_ program: Program) async throws {
        port = try await program.port("metrics are served")
    }

    /// The status and the content.
    func get(_ path: String, _ arguments: [String] = []) async throws -> (status: Int, body: String) {
        let result = try await Tools.run(
            try Tools.path("curl", package: "curl"),
            ["--silent", "--show-error", "--write-out", "%{http_code}", "http://127.0.0.1:\(port)\(path)"] + arguments)
        guard result.status == 0, let status = Int(result.output.suffix(3)) else { throw Mismatch(result.errors) }
        return (status, String(result.output.dropLast(3)))
    }

    /// The value of a series, which is named as in a scrape; nil if there is none.
    func value(_ series: String) async throws -> Double? {
        let lines = try await get("/metrics").body.split(separator: "\n")
        return lines.first { $0.hasPrefix("\(series) ") }.flatMap { Double($0.dropFirst(series.count + 1)) }
    }

    /// Asks until the series has the value: what changes it is on its way.
    func wait(for value: Double, _ series: String) async throws {
        try await eventually("\(series) is \(value)") { try await self.value(series) == value }
    }

    /// Asks until the daemon says that it is ready, or that it is not, in these words.
    func waitUntilReady(_ words: String = "ready\n") async throws {
        try await eventually("told: \(words)") {
            try await self.get("/readyz") == (words == "ready\n" ? 200 : 503, words)
        }
    }
}

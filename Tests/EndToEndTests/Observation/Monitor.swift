import Foundation
import TestKit

/// A client that reads the metrics and the probes of a daemon with curl.
struct Monitor {
    let port: Int

    /// Finds the port in the log of a daemon. The daemon must have been started with `--metrics` and port 0.
    init(_ program: Program) async throws {
        port = try await program.port("metrics are served")
    }

    /// Returns the HTTP status and the body of a page.
    func get(_ path: String, _ arguments: [String] = []) async throws -> (status: Int, body: String) {
        let result = try await Tools.run(
            try Tools.path("curl", package: "curl"),
            ["--silent", "--show-error", "--write-out", "%{http_code}", "http://127.0.0.1:\(port)\(path)"] + arguments)
        guard result.status == 0, let status = Int(result.output.suffix(3)) else { throw Mismatch(result.errors) }
        return (status, String(result.output.dropLast(3)))
    }

    /// Returns the value of a series; nil if the series does not exist. The name is written as in a scrape, with its
    /// labels.
    func value(_ series: String) async throws -> Double? {
        let lines = try await get("/metrics").body.split(separator: "\n")
        return lines.first { $0.hasPrefix("\(series) ") }.flatMap { Double($0.dropFirst(series.count + 1)) }
    }

    /// Reads the metrics until the series has this value. A change may arrive a little later.
    func wait(for value: Double, _ series: String) async throws {
        try await eventually("\(series) is \(value)") { try await self.value(series) == value }
    }

    /// Reads /readyz until its text is `words`. The status must be 200 if the text is `ready`, and otherwise 503.
    func waitUntilReady(_ words: String = "ready\n") async throws {
        try await eventually("told: \(words)") {
            try await self.get("/readyz") == (words == "ready\n" ? 200 : 503, words)
        }
    }
}

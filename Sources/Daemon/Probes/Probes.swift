import NIOHTTP1
import Telemetry

/// The answers to monitoring over HTTP: metrics, health and readiness.
package struct Probes: Sendable {
    struct Answer: Sendable {
        let status: HTTPResponseStatus
        let contentType: String
        let body: String

        init(_ status: HTTPResponseStatus, _ body: String, contentType: String = "text/plain; charset=utf-8") {
            self.status = status
            self.contentType = contentType
            self.body = body
        }
    }

    private let registry: PrometheusRegistry
    private let readiness: Readiness

    package init(_ registry: PrometheusRegistry, _ readiness: Readiness) {
        self.registry = registry
        self.readiness = readiness
    }

    func answer(_ method: HTTPMethod, _ uri: String) async -> Answer {
        let path = uri.prefix { $0 != "?" }
        guard ["/metrics", "/healthz", "/readyz"].contains(path) else { return Answer(.notFound, "not found\n") }
        guard [.GET, .HEAD].contains(method) else { return Answer(.methodNotAllowed, "GET and HEAD only\n") }
        switch path {
        case "/metrics": return Answer(.ok, await registry.exposition(), contentType: Exposition.contentType)
        case "/healthz": return Answer(.ok, "ok\n")
        default:
            let missing = await readiness.missing
            guard !missing.isEmpty else { return Answer(.ok, "ready\n") }
            return Answer(.serviceUnavailable, missing.map { $0 + "\n" }.joined())
        }
    }
}

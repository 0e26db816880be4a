import NIOHTTP1
import Telemetry

/// The answers to monitoring over HTTP: metrics, health, readiness, the status page, and public documents.
package struct Probes: Sendable {
    /// A page that belongs to a path.
    private enum Page: Sendable {
        case metrics, health, readiness, status
        /// A document that is public, so any web page may have it.
        case document(@Sendable () -> ProbeDocument)

        var isPublic: Bool {
            if case .document = self { true } else { false }
        }
    }

    private let registry: PrometheusRegistry
    private let readiness: Readiness
    private let status: @Sendable () async -> StatusPage
    private let hosts: ProbeHosts
    private let pages: [String: Page]

    /// - Parameters:
    ///   - hosts: The names that requests may use for this daemon.
    ///   - documents: The public documents, by their paths.
    ///   - status: Makes the status page.
    package init(
        _ registry: PrometheusRegistry, _ readiness: Readiness, hosts: ProbeHosts,
        documents: [String: @Sendable () -> ProbeDocument] = [:],
        status: @escaping @Sendable () async -> StatusPage
    ) {
        (self.registry, self.readiness, self.hosts, self.status) = (registry, readiness, hosts, status)
        var pages = documents.mapValues(Page.document)
        pages["/metrics"] = .metrics
        pages["/healthz"] = .health
        pages["/readyz"] = .readiness
        pages["/status"] = .status
        self.pages = pages
    }

    func answer(_ head: HTTPRequestHead) async -> ProbeAnswer {
        guard let request = ProbeRequest(head) else { return ProbeAnswer(.badRequest, "bad request\n") }
        let page = pages[request.path]
        guard page?.isPublic == true || request.host.map(hosts.contain) != false else { return Self.wrongHost }
        guard let page else { return ProbeAnswer(.notFound, "not found\n") }
        guard [.GET, .HEAD].contains(request.method) else { return Self.wrongMethod }
        switch page {
        case .metrics: return ProbeAnswer(.ok, await registry.exposition(), contentType: Exposition.contentType)
        case .health: return ProbeAnswer(.ok, "ok\n")
        case .readiness:
            let missing = await readiness.missing
            guard !missing.isEmpty else { return ProbeAnswer(.ok, "ready\n") }
            return ProbeAnswer(.serviceUnavailable, missing.map { $0 + "\n" }.joined())
        case .status:
            return ProbeAnswer(
                .ok, await status().html, contentType: "text/html; charset=utf-8", headers: StatusPage.headers)
        case .document(let document): return ProbeAnswer(document(), known: request.known)
        }
    }

    private static let wrongMethod = ProbeAnswer(
        .methodNotAllowed, "GET and HEAD only\n", headers: [("Allow", "GET, HEAD")])

    private static let wrongHost = ProbeAnswer(
        .misdirectedRequest, "the host must be an address, localhost, or the name of this machine\n")
}

import CoreMetrics
import Telemetry

/// Counts the replies of a server by code, and its links that were lost.
package struct UpstreamMetrics: Sendable {
    private let codes: CodeCounters
    private let losses: Counter

    package init(_ endpoint: Endpoint, in factory: any MetricsFactory) {
        codes = CodeCounters(.proxyRequests, [endpoint.description], in: factory)
        losses = Counter(.linkLosses, [endpoint.description], in: factory)
    }

    func answered(_ code: Int) { codes.add(code) }

    func lost() { losses.increment() }
}

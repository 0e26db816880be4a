import CoreMetrics
import Telemetry

/// Counts what comes of the requests for a server, and the links to it that end.
package struct UpstreamMeter: Sendable {
    private let codes: CodeCounters
    private let losses: Counter

    package init(_ endpoint: Endpoint, in factory: any MetricsFactory) {
        codes = CodeCounters(.proxyRequests, [endpoint.description], in: factory)
        losses = Counter(.linkLosses, [endpoint.description], in: factory)
    }

    func answered(_ code: Int) { codes.add(code) }

    func lost() { losses.increment() }
}

import CoreMetrics
import Telemetry
import Wire

/// Counts the requests to a server by command and by the code of the reply, measures their answer times, and counts the
/// links that were lost. The series of a server are removed with the last of these objects that counts in them.
///
/// Confined to the event loop of the link.
package final class UpstreamMetrics {
    private final class Handles {
        let codes: CodeCounters
        let duration: CoreMetrics.Timer

        init(_ verb: String, _ server: String, in factory: any MetricsFactory) {
            codes = CodeCounters(.proxyRequests, [server, verb], in: factory)
            duration = CoreMetrics.Timer(.proxyRequestDuration, [verb], in: factory)
        }

        deinit { duration.destroy() }
    }

    /// The number of commands that are counted by their names. Further ones are counted together as `other`, because a
    /// server could announce new ones without end.
    static let mostVerbs = 256

    private var handles = VerbTable<Handles>()
    private var count = 0
    private lazy var others = Handles("other", server, in: factory)
    private let server: String
    private let factory: any MetricsFactory
    private let losses: Counter

    package init(_ endpoint: Endpoint, in factory: any MetricsFactory) {
        (server, self.factory) = (endpoint.description, factory)
        losses = Counter(.linkLosses, [server], in: factory)
    }

    deinit { losses.destroy() }

    /// Counts an answer.
    ///
    /// - Parameter took: The answer time, in nanoseconds; nil for a request that was not sent.
    func answered(_ verb: Verb, _ code: Int, took: Int64?) {
        let handles = handles[verb] ?? add(verb)
        handles.codes.add(code)
        if let took { handles.duration.recordNanoseconds(took) }
    }

    private func add(_ verb: Verb) -> Handles {
        guard count < Self.mostVerbs else { return others }
        let new = Handles(verb.description, server, in: factory)
        handles[verb] = new
        count += 1
        return new
    }

    func lost() { losses.increment() }
}

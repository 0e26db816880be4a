import CoreMetrics
import Telemetry
import Wire

/// Counts the requests of each command, by the code of the reply, and measures their answer times.
package final class RequestMeter: Sendable {
    private final class Handles: Sendable {
        let codes: CodeCounters
        let duration: CoreMetrics.Timer

        init(_ verb: Verb, in factory: any MetricsFactory) {
            codes = CodeCounters(.requests, [verb.description], in: factory)
            duration = CoreMetrics.Timer(.requestDuration, [verb.description], in: factory)
        }
    }

    private let handles: VerbTable<Handles>

    /// Creates counters for commands.
    ///
    /// - Parameter verbs: The verbs of all commands that exist or may be announced, each once. Other verbs are not
    ///   counted, so that clients cannot create labels.
    package init(_ verbs: some Sequence<Verb>, in factory: any MetricsFactory) {
        handles = VerbTable(verbs.map { ($0, Handles($0, in: factory)) })
    }

    /// Counts an answer.
    ///
    /// - Parameter took: The answer time, in nanoseconds; nil for a request that was refused before it ran.
    func note(_ verb: Verb, _ answer: Answer, took: Int64?) {
        guard let handles = handles[verb] else { return }
        handles.codes.add(answer.code)
        if let took { handles.duration.recordNanoseconds(took) }
    }
}

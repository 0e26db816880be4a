import NIOCore

/// The measurements of one second, or of the whole run, as a JSON object. Times are in milliseconds.
///
///     {"max":1.2,"min":0.08,"ok":true,"p50":0.11,"p99":0.31,"samples":100,"second":1}
///
/// The object for the whole run has no `second`. If no probe was answered, the times are missing. `requests`, which are
/// those of the second, and `sessions` are there if the server tells them.
enum MeasurementObject {
    static func line(_ latencies: LatencyHistogram, second: Int?, counts: StatTable.Row? = nil) -> ByteBuffer {
        func milliseconds(_ nanoseconds: Int?) -> JSONObject.Value? {
            nanoseconds.map { .decimal(Double($0) / 1e6) }
        }
        return JSONObject([
            "max": milliseconds(latencies.maximum), "min": milliseconds(latencies.minimum), "ok": .flag(true),
            "p50": milliseconds(latencies.percentile(50)), "p99": milliseconds(latencies.percentile(99)),
            "requests": counts?.requests.map { .number($0) }, "samples": .number(latencies.count),
            "second": second.map { .number($0) }, "sessions": counts?.sessions.map { .number($0) },
        ]).line
    }
}

import Link
import NIOCore
import Telemetry

/// The reports about the servers, over all event loops.
extension Directory {
    /// The time for which a server that has said nothing is waited for.
    private static let patience = TimeAmount.seconds(10)

    /// The report on each server, in order. After them come the servers that are being left, or that will be left
    /// when their replacements are ready.
    var reports: [(server: Endpoint, report: ReplicaReport)] {
        get async {
            let parts = await onEach { $0.reports }.joined()
            let servers = servers
            var reports: [(server: Endpoint, report: ReplicaReport)] = servers.map { ($0, ReplicaReport()) }
            // A server that was left and added again is reported by its new links only.
            for part in parts where part.report.state != .leaving || !servers.contains(part.endpoint) {
                if let index = reports.firstIndex(where: { $0.server == part.endpoint }) {
                    reports[index].report.add(part.report)
                } else {
                    reports.append((part.endpoint, part.report))
                }
            }
            return reports
        }
    }

    /// The number of links that take requests, by server.
    var samples: [Sample] {
        get async {
            await reports.filter { $0.report.state != .leaving }.map {
                Sample([$0.server.description], Double($0.report.readyLinks))
            }
        }
    }

    /// The reasons why a request might find no server; empty if no such reason exists.
    ///
    /// A server that has said nothing since the proxy started is waited for, because it may be the only one that has
    /// its plugin. The wait has a limit, because the server may also be one of several with that plugin.
    var missing: [String] {
        get async {
            var plugins: [String: Int] = [:]
            var unheard: [Endpoint] = []
            for (known, silent) in await onEach({ ($0.announced, $0.unheard) }) {
                for plugin in known { plugins[plugin.name, default: 0] += plugin.isServed ? 1 : 0 }
                unheard += silent
            }
            let isWaiting = NIODeadline.now() - start < Self.patience
            let silent = servers.filter { isWaiting && unheard.contains($0) }
            guard !plugins.isEmpty || !silent.isEmpty else { return ["upstreams: none has announced its commands"] }
            return silent.map { "upstream \($0): it has not announced its commands" }
                + plugins.filter { $0.value < count }.sorted { $0.key < $1.key }.map { plugin, served in
                    "plugin \(plugin): a server for \(served) of \(count) threads"
                }
        }
    }
}

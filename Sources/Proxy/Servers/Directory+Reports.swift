import Link
import NIOCore
import Telemetry

/// What there is to tell of the servers, of all event loops together.
extension Directory {
    /// For a server that has said nothing.
    private static let patience = TimeAmount.seconds(10)

    /// What is to be told of each server, in order, and behind them of those that are being left, or will be once those
    /// that replace them are ready.
    var reports: [(server: Endpoint, report: ReplicaReport)] {
        get async {
            let parts = await onEach { $0.reports }.joined()
            let servers = servers
            var reports: [(server: Endpoint, report: ReplicaReport)] = servers.map { ($0, ReplicaReport()) }
            // Of one that was left and added again the new links are meant.
            for part in parts where part.report.state != .leaving || !servers.contains(part.endpoint) {
                if let place = reports.firstIndex(where: { $0.server == part.endpoint }) {
                    reports[place].report.add(part.report)
                } else {
                    reports.append((part.endpoint, part.report))
                }
            }
            return reports
        }
    }

    /// Links that take requests, by server.
    var samples: [Sample] {
        get async {
            await reports.filter { $0.report.state != .leaving }.map {
                Sample([$0.server.description], Double($0.report.readyLinks))
            }
        }
    }

    /// What a request might find no server for; empty where there is nothing.
    ///
    /// A server that has said nothing since the proxy started is waited for, for a while: it may be the only one that has
    /// its plugin. Not for ever, as it may as well be one of several.
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
            guard !plugins.isEmpty || !silent.isEmpty else { return ["upstreams: none has said what it answers"] }
            return silent.map { "upstream \($0): it has not said what it answers" }
                + plugins.filter { $0.value < count }.sorted { $0.key < $1.key }.map { plugin, served in
                    "plugin \(plugin): a server for \(served) of \(count) threads"
                }
        }
    }
}

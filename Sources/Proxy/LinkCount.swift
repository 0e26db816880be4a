import Link
import NIOCore
import Telemetry

/// How many links there are to each server, of all event loops together, and whether they are enough.
struct LinkCount: Sendable {
    private struct Count {
        var ready = 0
        var all = 0
    }

    /// For a server that has said nothing.
    private static let patience = TimeAmount.seconds(10)

    private let start = NIODeadline.now()
    private let upstreams: [String]
    private let doors: [NIOLoopBound<Door>]

    init(_ upstreams: [Endpoint], _ doors: [NIOLoopBound<Door>]) {
        self.upstreams = upstreams.map(\.description).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        self.doors = doors
    }

    /// Those that take requests.
    var samples: [Sample] {
        get async { await counts.map { Sample([$0.upstream], Double($0.count.ready)) } }
    }

    /// What a request might find no server for; empty where there is nothing.
    ///
    /// A server that has said nothing since the proxy started is waited for, for a while: it may be the only one that has
    /// its plugin. Not for ever, as it may as well be one of several.
    var missing: [String] {
        get async {
            var plugins: [String: Int] = [:]
            var unheard: Set<String> = []
            for door in doors {
                let standing = try? await door.eventLoop.submit { (door.value.plugins, door.value.unheard) }.get()
                guard let (known, silent) = standing else { continue }
                for plugin in known { plugins[plugin.name, default: 0] += plugin.isServed ? 1 : 0 }
                unheard.formUnion(silent.map(\.description))
            }
            let isWaiting = NIODeadline.now() - start < Self.patience
            let silent = upstreams.filter { isWaiting && unheard.contains($0) }
            guard !plugins.isEmpty || !silent.isEmpty else { return ["upstreams: none has said what it answers"] }
            return silent.map { "upstream \($0): it has not said what it answers" }
                + plugins.filter { $0.value < doors.count }.sorted { $0.key < $1.key }.map { plugin, count in
                    "plugin \(plugin): a server for \(count) of \(doors.count) threads"
                }
        }
    }

    private var counts: [(upstream: String, count: Count)] {
        get async {
            var counts: [String: Count] = [:]
            for door in doors {
                let links = try? await door.eventLoop.submit {
                    door.value.links.map { (upstream: $0.endpoint.description, isReady: $0.isReady) }
                }.get()
                for link in links ?? [] {
                    counts[link.upstream, default: Count()].all += 1
                    counts[link.upstream, default: Count()].ready += link.isReady ? 1 : 0
                }
            }
            return upstreams.map { ($0, counts[$0, default: Count()]) }
        }
    }
}

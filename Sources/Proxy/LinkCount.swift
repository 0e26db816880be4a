import Link
import NIOCore
import Telemetry

/// How many links there are to each server, of all event loops together.
struct LinkCount: Sendable {
    private struct Count {
        var ready = 0
        var all = 0
    }

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

    /// The servers that a request might find no link to; empty where there are none.
    var missing: [String] {
        get async {
            await counts.filter { $0.count.ready < $0.count.all }.map { upstream, count in
                "upstream \(upstream): \(count.ready) of \(count.all) links"
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

import Link
import Logging

/// Looks the names of upstreams up, again and again: a name that has several addresses is a server at each of them.
///
/// A name with one address stays a name, which is looked up at each try to connect. Names do not wait for each other,
/// and none is looked up again before its last look-up has ended, so that there are never more of them than names.
actor NameWatch {
    /// What the names are for, as `Directory` is.
    struct Site: Sendable {
        let upstreams: @Sendable () async -> [Endpoint]
        let follow: @Sendable (_ upstream: Endpoint, _ found: [Endpoint]) async -> Void
    }

    private let site: Site
    private let logger: Logger
    private let lookUp: @Sendable (String) async throws -> [String]
    private let pause: @Sendable () async throws -> Void
    /// Those whose look-up has not ended.
    private var underWay: Set<Endpoint> = []
    /// Those whose last look-up failed.
    private var unknown: Set<Endpoint> = []

    /// `pause`: until all names are to be looked up once more.
    init(
        _ site: Site, logger: Logger,
        lookUp: @escaping @Sendable (String) async throws -> [String] = HostResolver.addresses,
        pause: @escaping @Sendable () async throws -> Void = { try await Task.sleep(for: .seconds(5)) }
    ) {
        (self.site, self.logger, self.lookUp, self.pause) = (site, logger, lookUp, pause)
    }

    /// Until the task is cancelled, and what was looked up then has been answered; nothing is done about that.
    func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let upstreams = await site.upstreams()
                unknown.formIntersection(upstreams)
                for upstream in upstreams {
                    guard let name = upstream.name, underWay.insert(upstream).inserted else { continue }
                    group.addTask { await self.look(upstream, name) }
                }
                try? await pause()
            }
        }
    }

    private func look(_ upstream: Endpoint, _ name: String) async {
        defer { underWay.remove(upstream) }
        do {
            let addresses = try await lookUp(name)
            unknown.remove(upstream)
            guard !Task.isCancelled else { return }
            await site.follow(upstream, addresses.map(upstream.at))
        } catch {
            // What was known stays. Once for each time that it begins.
            guard unknown.insert(upstream).inserted else { return }
            logger.warning("a name cannot be looked up", metadata: ["upstream": "\(upstream)", "reason": "\(error)"])
        }
    }
}

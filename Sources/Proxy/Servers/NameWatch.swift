import Link
import Logging

/// Looks up the names of upstreams repeatedly. If a name has several addresses, each address is a server.
///
/// A name with one address stays a name, which is looked up at each attempt to connect. Names do not wait for each
/// other. A name is not looked up again before its last look-up has ended, so the number of look-ups never exceeds
/// the number of names.
actor NameWatch {
    /// The owner of the upstreams, which is told their addresses: the `Directory`, outside tests.
    struct Site: Sendable {
        let upstreams: @Sendable () async -> [Endpoint]
        let follow: @Sendable (_ upstream: Endpoint, _ found: [Endpoint]) async -> Void
    }

    private let site: Site
    private let logger: Logger
    private let lookUp: @Sendable (String) async throws -> [String]
    private let pause: @Sendable () async throws -> Void
    /// The upstreams whose look-up has not ended.
    private var underWay: Set<Endpoint> = []
    /// The upstreams whose last look-up failed.
    private var unknown: Set<Endpoint> = []

    /// Creates a watch. `pause` waits until all names are to be looked up once more.
    init(
        _ site: Site, logger: Logger,
        lookUp: @escaping @Sendable (String) async throws -> [String] = HostResolver.addresses,
        pause: @escaping @Sendable () async throws -> Void = { try await Task.sleep(for: .seconds(5)) }
    ) {
        (self.site, self.logger, self.lookUp, self.pause) = (site, logger, lookUp, pause)
    }

    /// Looks names up until the task is cancelled, and then waits for the look-ups that are running. Their results
    /// are ignored.
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
            if addresses.count > NamedServers.most {
                logger.logRateLimited(
                    .warning, "a name has too many addresses; some are not used", reason: "\(upstream)")
            }
            await site.follow(upstream, addresses.map(upstream.at))
        } catch {
            // The known addresses stay. The failure is logged only if the last look-up did not fail.
            guard unknown.insert(upstream).inserted else { return }
            logger.warning("a name cannot be looked up", metadata: ["upstream": "\(upstream)", "reason": "\(error)"])
        }
    }
}

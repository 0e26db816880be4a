import Glibc
import Input
import Link
import Logging
import NIOCore
import ServiceLifecycle

/// The parts of which both daemons' services are made.
extension Daemon {
    /// Listens at an endpoint. `limiter` bounds the connections. By default only the system bounds them.
    ///
    /// - Throws: `StartError` that names the address.
    package static func listen(
        _ endpoint: Endpoint, group: any EventLoopGroup, limiter: ConnectionLimiter = ConnectionLimiter(),
        socketMode: mode_t = 0o600,
        initialize: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> Listener {
        do {
            return try await Listener.bind(
                endpoint, group: group, limiter: limiter, socketMode: socketMode, initialize: initialize)
        } catch {
            throw StartError(listening: endpoint, error)
        }
    }

    /// Waits until the daemon is told to stop. Until then `reload` runs for each event of `hangUps`, one at a time.
    /// The service manager is notified when the daemon is ready, when it reloads, and when it stops. `watch` begins
    /// here, and the caller ends it after the drain.
    package static func untilStopped(
        _ watch: ServiceWatch, reloadingAt hangUps: AsyncStream<Void>, _ reload: @escaping @Sendable () async -> Void
    ) async throws {
        let manager = watch.manager
        watch.begin()
        let reloading = Task {
            for await _ in hangUps {
                manager.tell(.reloading)
                await reload()
                manager.tell(.ready)
            }
        }
        defer { reloading.cancel() }
        try await gracefulShutdown()
        manager.tell(.stopping)
        endAtSecondSignal()
    }

    /// Reads certificates again. If new ones cannot be used, the reason is logged, and the old ones stay in use.
    package static func reload(_ identities: [TLSIdentity], logger: Logger) {
        for identity in identities {
            do {
                try identity.reload()
                logger.info("the certificates were reloaded")
                warn(of: [identity], logger: logger)
            } catch {
                logger.error(
                    "the new certificates cannot be used; the daemon keeps the old ones",
                    metadata: ["reason": "\(error)"])
            }
        }
    }
}

import Commands
import Link
import Logging
import Store
import Synchronization

/// Logs and audits the rotations of keys by age.
///
/// It is made before the audit log, because the log is opened only when all commands are known to be good.
final class RotationReport: Sendable {
    private let logger: Logger
    private let trail = Mutex<AuditTrail?>(nil)

    init(_ logger: Logger) {
        self.logger = logger
    }

    /// Begins to write rotations to the audit log.
    func audit(to trail: AuditTrail?) { self.trail.withLock { $0 = trail } }

    func report(_ event: KeyMaker.Event) {
        switch event {
        case .rotated(let key):
            trail.withLock { $0 }?.noteRotation(of: key)
            logger.info(
                "a key was rotated, because of its age",
                metadata: [
                    "account": "\(key.account)", "purpose": "\(key.purpose.rawValue)", "version": "\(key.version)",
                ])
        case .kept(let account, let purpose, let reason):
            logger.logRateLimited(
                .warning, "a key that is due was not rotated", reason: reason,
                ["account": "\(account)", "purpose": "\(purpose.rawValue)"])
        }
    }
}

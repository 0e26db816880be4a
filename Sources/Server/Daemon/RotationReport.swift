import Commands
import Link
import Logging
import Store

extension ServerComponents {
    /// Returns the function that logs and audits rotations by age.
    static func rotationReport(
        _ trail: AuditTrail?, _ logger: Logger
    ) -> @Sendable (KeyMaker.Event) -> Void {
        { event in
            switch event {
            case .rotated(let key):
                trail?.noteRotation(of: key)
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
}

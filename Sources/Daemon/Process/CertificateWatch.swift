import Foundation
import Link
import Logging
import Telemetry

/// The warnings about certificates that a daemon uses.
extension Daemon {
    /// Logs every problem of the certificates that are in use: one that is not valid now or expires soon, and a chain
    /// that some clients may refuse.
    package static func warn(of identities: [TLSIdentity], logger: Logger, now: Date = Date()) {
        for notice in identities.flatMap(\.notices) {
            logger.warning("a certificate file may not work", metadata: ["reason": "\(notice)"])
        }
        let seconds = Int(now.timeIntervalSince1970)
        // Several identities may have the same authority.
        var told: Set<String> = []
        for validity in identities.flatMap(\.validities) {
            guard let (isValid, text) = validity.warning(at: seconds), told.insert(text).inserted else { continue }
            let message: Logger.Message = isValid ? "a certificate expires soon" : "a certificate is not valid now"
            logger.warning(message, metadata: ["reason": "\(text)"])
        }
    }

    /// Logs these warnings once each day, until the task is cancelled. The first time is a day from now, because
    /// certificates are also checked when they are read.
    package static func watchCertificates(
        _ identities: @escaping @Sendable () async -> [TLSIdentity], logger: Logger,
        every day: Duration = .seconds(86_400)
    ) -> Task<Void, Never> {
        Task {
            while true {
                do { try await Task.sleep(for: day) } catch { return }
                warn(of: await identities(), logger: logger)
            }
        }
    }
}

extension PrometheusRegistry {
    /// Observes the ends of the certificates in use, a sample for each file.
    package func observeCertificates(
        _ metric: Metric, _ identities: @escaping @Sendable () async -> [TLSIdentity]
    ) {
        observe(metric) {
            var samples: [Sample] = []
            for validity in await identities().flatMap(\.validities)
            where !samples.contains(where: { $0.labels == [validity.path] }) {
                samples.append(Sample([validity.path], Double(validity.end)))
            }
            return samples
        }
    }
}

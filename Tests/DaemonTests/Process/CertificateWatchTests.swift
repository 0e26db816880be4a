import Daemon
import Foundation
import Link
import Logging
import Synchronization
import Telemetry
import TestKit
import Testing

@Suite("Warnings about certificates")
struct CertificateWatchTests {
    /// Keeps the messages and reasons of a log.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }

        struct Handler: LogHandler {
            let lines: Lines
            var metadata: Logger.Metadata = [:]
            var logLevel = Logger.Level.info

            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { metadata[key] }
                set { metadata[key] = newValue }
            }

            func log(event: LogEvent) {
                let reason = event.metadata?["reason"].map { "\($0)" } ?? ""
                lines.lines.withLock { $0.append("\(event.level): \(event.message): \(reason)") }
            }
        }

        var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }
    }

    private let directory = try! TemporaryDirectory()

    /// Makes a certificate with openssl, which is valid for this number of days from now.
    private func identity(days: Int) async throws -> TLSIdentity {
        let (certificate, key) = ("\(directory.path)/c.crt", "\(directory.path)/c.key")
        let made = try await Tool.run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x",
                "-days",
                "\(days)", "-keyout", key, "-out", certificate,
            ])
        try #require(made.status == 0, "\(made.errors)")
        return try TLSIdentity(for: .sessions) {
            let read = { (path: String) in
                PEMFile(path: path, bytes: Array(try Data(contentsOf: URL(filePath: path))))
            }
            return .init(certificate: try read(certificate), key: try read(key), authority: nil)
        }
    }

    @Test("A certificate that expires soon is a warning again and again, until it is renewed")
    func watch() async throws {
        let identity = try await identity(days: 20)
        let lines = Lines()
        let watch = Daemon.watchCertificates({ [identity] }, logger: lines.logger, every: .milliseconds(1))
        defer { watch.cancel() }
        try await eventually { lines.all.count >= 2 }
        let soon = "warning: a certificate expires soon: \(directory.path)/c.crt: a certificate expires at 20"
        #expect(lines.all.allSatisfy { $0.hasPrefix(soon) }, "\(lines.all)")
    }

    @Test("The metric has the end of the validity that openssl shows")
    func metric() async throws {
        let identity = try await identity(days: 20)
        let registry = PrometheusRegistry(Metric.proxyMetrics)
        registry.observeCertificates(.proxyCertificateExpiry) { [identity, identity] }
        let shown = try await Tool.run(
            "/usr/bin/openssl",
            ["x509", "-noout", "-enddate", "-dateopt", "iso_8601", "-in", "\(directory.path)/c.crt"])
        let text = try #require(shown.output.firstMatch(of: /notAfter=(\S+) (\S+Z)/))
        let end = try Date("\(text.1)T\(text.2)", strategy: .iso8601)
        let name = "clavero_proxy_certificate_expiry_timestamp_seconds"
        let lines = await registry.exposition().split(separator: "\n").filter { $0.hasPrefix("\(name){") }
        #expect(lines.count == 1)
        let value = try #require(lines.first?.split(separator: " ").last.flatMap { Double($0) })
        #expect(value == end.timeIntervalSince1970)
        #expect(lines[0].contains("file=\"\(directory.path)/c.crt\""))
    }
}

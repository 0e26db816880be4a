import ArgumentParser
import Armor
import Audit
import Daemon
import Foundation
import Input
import Seal

/// The command `claverod audit verify FILE`, which checks whether an audit log is unchanged. It needs no data
/// directory.
struct VerifyAudit: AsyncParsableCommand, Sendable {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check whether an audit log is complete and unchanged.",
        discussion: """
            The exit status is 0 if all lines that the checkpoints cover are present and unchanged, and 1 if not. Note \
            the last checkpoint, which the command shows, where nobody who can write the log can change it. Later, \
            --contains checks whether the log still contains that checkpoint.
            """)

    @Option(help: "The public keys that verify its checkpoints, in PEM. (default: audit.pub beside the log)")
    var key: String?

    @Option(
        help: """
            The server whose log it must be: the names of its plugins, joined by hyphens. (default: the server in the \
            file's name, audit-SERVER.log)
            """)
    var server: String?

    @Option(
        help: ArgumentHelp("A checkpoint noted earlier, which the log must still contain.", valueName: "seq:hash"),
        transform: Self.point)
    var contains: AuditPoint?

    @Argument(help: "The log.")
    var file: String

    func run() async throws {
        let path = key ?? URL(filePath: file).deletingLastPathComponent().appending(path: "audit.pub").path
        let keys = try DataDirectory.publicKeys(KeyFile(path: path), hint: "give the log's public key with --key")
        let report: AuditReport
        do throws(AuditError) {
            report = try AuditVerifier.verify(
                path: file, keys: keys, server: server ?? named(URL(filePath: file).lastPathComponent),
                contains: contains)
        } catch {
            throw StartError("\(error)")
        }
        print(Self.lines(of: report).joined(separator: "\n"))
        if !report.isIntact { throw ExitCode.failure }
    }

    private static func lines(of report: AuditReport) -> [String] {
        let others = report.findingCount - report.findings.count
        let verdict = report.isIntact ? "intact" : "not intact, findings: \(report.findingCount)"
        return report.findings.map { escaped($0.words) } + (others > 0 ? ["and \(others) more"] : []) + [
            "log: \(report.identity.map { escaped("\($0)") } ?? "none")",
            "lines: \(report.lines)",
            "continues: \(report.continues.map(text) ?? "no earlier file")",
            "checkpoint: \(report.checkpoint.map(text) ?? "none")",
            "not sealed yet: \(report.unsealed)",
            "records lost: \(report.lost)",
            "records only counted: \(report.omitted)",
            "incomplete lines recovered: \(report.recovered)",
            "head: \(report.hasHead ? "compared" : "none, so lines cut off at the end cannot be noticed")",
            verdict,
        ]
    }

    /// Returns the name of the server in the name of a log file, such as `keys` for `audit-keys.log`; nil if the file
    /// name has another form.
    private func named(_ name: String) -> String? {
        guard name.hasPrefix("audit-"), name.hasSuffix(".log") else { return nil }
        let server = String(name.dropFirst(6).dropLast(4))
        return PluginNames(argument: server.replacing("-", with: ",")) == nil ? nil : server
    }

    /// Escapes control characters and non-ASCII characters, because an altered log may contain any text.
    private static func escaped(_ words: String) -> String {
        words.unicodeScalars.map { 0x20..<0x7F ~= $0.value ? String($0) : $0.escaped(asASCII: true) }.joined()
    }

    private static func text(_ point: AuditPoint) -> String { "\(point.seq):\(point.hash)" }

    private static func point(_ text: String) throws -> AuditPoint {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let seq = UInt64(parts[0]), Base64URL.decode(parts[1])?.count == 32 else {
            throw ValidationError("expected a line's number, a colon and its hash in base64url")
        }
        return AuditPoint(seq: seq, hash: String(parts[1]))
    }
}

import Glibc
import Seal
import Signing

/// Verifies the file of a log from its first line to its last, in constant memory.
package enum AuditVerifier {
    /// - Parameters:
    ///   - keys: the public keys that may have signed the checkpoints.
    ///   - server: the name of the server whose log it should be; nil for any server.
    ///   - expected: a checkpoint that was noted earlier and should still be in the file. Only this shows that log and
    ///     head were both replaced by an earlier state.
    /// - Throws: an `AuditError` if the file cannot be read.
    package static func verify(
        path: String, keys: [VerifyingKey], server: String? = nil, contains expected: AuditPoint? = nil
    ) throws(AuditError) -> AuditReport {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw AuditError(errnoAt: path) }
        defer { close(descriptor) }
        var inspection = AuditInspection(keys: keys, server: server, expected: expected)
        // The head is read before the lines, because a running server only adds lines.
        do throws(AuditError) {
            if let head = try AuditHead(of: path) { inspection.compare(with: head) }
        } catch {
            inspection.report.find(error.description)
        }
        var reader = AuditLineReader(descriptor: descriptor, path: path)
        while let line = try reader.next() { inspection.inspect(line) }
        return inspection.end()
    }
}

import Armor
import Seal

/// The identity of a log: the server that writes it, and a random id. It is made when the log is begun, and is the same
/// in all files of the log. Every checkpoint names it, and every file begins with a checkpoint.
package struct AuditIdentity: Sendable, Hashable, CustomStringConvertible {
    /// The server's name, such as `keys`.
    package let server: String
    /// 16 random bytes in base64url.
    package let id: String

    init(server: String, id: String) {
        (self.server, self.id) = (server, id)
    }

    /// Makes the identity of a new log.
    init(beginning server: String) {
        self.init(server: server, id: Base64URL.encode(Random.bytes(16)))
    }

    package var description: String { "\(server) \(id)" }

    func put(to text: inout JSONWriter) {
        text.put("\"log\":")
        text.put(json: server)
        text.put(",\"id\":")
        text.put(json: id)
    }

    /// The most bytes that ``put(to:)`` writes.
    var bound: Int { 32 + JSONWriter.bound(server) + JSONWriter.bound(id) }

    /// Reads what ``put(to:)`` writes; nil if something else comes next.
    init?(_ scanner: inout AuditLineScanner) {
        guard scanner.skip("\"log\":"), let server = scanner.string(), scanner.skip(",\"id\":"),
            let id = scanner.string(), Base64URL.decode(id)?.count == 16
        else { return nil }
        self.init(server: server, id: id)
    }
}

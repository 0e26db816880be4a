import Armor
import Seal

/// The identity of a log: the server that writes it, and a random id, made when the log is begun, which it keeps through
/// all its files. Every checkpoint has it, and so the first line of every file.
package struct AuditIdentity: Sendable, Hashable, CustomStringConvertible {
    /// The server's name, such as `keys`.
    package let server: String
    /// 16 random octets in base64url.
    package let id: String

    init(server: String, id: String) {
        (self.server, self.id) = (server, id)
    }

    /// The identity of a log that is begun.
    init(beginning server: String) {
        self.init(server: server, id: Base64URL.encode(Random.bytes(16)))
    }

    package var description: String { "\(server) \(id)" }

    func put(to text: inout JSONText) {
        text.put("\"log\":")
        text.put(json: server)
        text.put(",\"id\":")
        text.put(json: id)
    }

    /// The most octets that ``put(to:)`` writes.
    var bound: Int { 32 + JSONText.bound(server) + JSONText.bound(id) }

    /// Reads what ``put(to:)`` wrote; nil if that is not next.
    init?(_ scanner: inout LineScanner) {
        guard scanner.skip("\"log\":"), let server = scanner.string(), scanner.skip(",\"id\":"),
            let id = scanner.string(), Base64URL.decode(id)?.count == 16
        else { return nil }
        self.init(server: server, id: id)
    }
}

/// The one who gives commands, with the server that runs them and the address that they come from. A record begins with
/// this, and it is escaped once for all records of the same subject.
package final class AuditSubject: Sendable {
    /// The account that is logged in, if one is.
    package let who: String?
    /// The client's address.
    package let from: String
    /// The members that a line begins with, up to the verb.
    let text: [UInt8]

    /// `server`: which server runs the commands, `keys` or `auth`.
    package init(server: String, who: String?, from: String) {
        (self.who, self.from) = (who, from)
        var octets: [UInt8] = []
        let bound = 40 + JSONText.bound(server) + JSONText.bound(who) + JSONText.bound(from)
        octets.append(atMost: bound) { text in
            text.put("\"server\":")
            text.put(json: server)
            text.put(",\"who\":")
            text.put(json: who)
            text.put(",\"from\":")
            text.put(json: from)
            text.put(",\"verb\":")
        }
        text = octets
    }
}

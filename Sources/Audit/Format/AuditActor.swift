/// The issuer of commands, with the server that runs them and the client's address. Each record begins with these
/// members. They are escaped once for all records of an actor.
package final class AuditActor: Sendable {
    /// The account that is logged in, if there is one.
    package let who: String?
    /// The client's address.
    package let from: String
    /// The members of a record from its beginning to the verb.
    let text: [UInt8]

    /// `server`: the server that runs the commands, `keys` or `auth`.
    package init(server: String, who: String?, from: String) {
        (self.who, self.from) = (who, from)
        var bytes: [UInt8] = []
        let bound = 40 + JSONWriter.bound(server) + JSONWriter.bound(who) + JSONWriter.bound(from)
        bytes.append(atMost: bound) { text in
            text.put("\"server\":")
            text.put(json: server)
            text.put(",\"who\":")
            text.put(json: who)
            text.put(",\"from\":")
            text.put(json: from)
            text.put(",\"verb\":")
        }
        text = bytes
    }
}

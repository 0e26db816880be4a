import NIOCore
import Wire

/// What a log-in can be taken up again with when the connection is lost: the session's own token, kept in memory alone.
struct Resumption {
    private let token: String

    /// Asks for the token; nil where the server gives none.
    init?(_ session: Session) throws(Stop) {
        guard session.manifest["TOKEN"] != nil else { return nil }
        let reply = try session.ask("TOKEN")
        guard reply.isSuccess else { return nil }
        token = reply.text
    }

    /// Logs in with it; who that is, or nil when it is not good any more.
    func resume(_ session: Session) throws(Stop) -> AccountName? {
        _ = try session.ask("LOGIN TOKEN=\(token)")
        return session.account
    }
}

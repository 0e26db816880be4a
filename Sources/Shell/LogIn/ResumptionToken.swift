import NIOCore
import Wire

/// The token of the session, with which a log-in is resumed after the connection is lost. It is kept in memory alone.
struct ResumptionToken {
    private let token: String

    /// Asks the server for the token. Returns nil if the server gives none.
    init?(_ connection: ServerConnection) throws(ExitError) {
        guard connection.manifest["TOKEN"] != nil else { return nil }
        let reply = try connection.ask("TOKEN")
        // A token is one plain word. Anything else could not be sent as one.
        guard reply.isSuccess, RequestEncoder.isPlain(Array(reply.text.utf8)) else { return nil }
        token = reply.text
    }

    /// Logs in with the token. Returns the account, or nil if the token is no longer valid.
    func logIn(_ connection: ServerConnection) throws(ExitError) -> AccountName? {
        _ = try connection.ask("LOGIN TOKEN=\(token)")
        return connection.account
    }
}

import Link
import NIOCore
import Wire

enum Security { case local, clear, tls; var isPrivate: Bool { self != .clear } }
struct Connector {
    let server: Server
    var place: String { "localhost" }
    var security: Security { .local }
    func other(_ word: String) throws(Stop) -> Connector { self }
    func connect() throws(Stop) -> ClientConnection {
        do {
            let c = try ClientConnection.opening(server.endpoint).wait()
            _ = try c.nextReply().wait()
            return c
        } catch { throw Stop(message: "\(error)", status: .unavailable) }
    }
}
extension Session {
    func logIn() throws(Stop) {}
    var description: String { "\(account?.description ?? "nobody")" }
}
struct Server {
    enum Encryption { case none, startTLS(TLSTrust), implicit(TLSTrust) }
    let endpoint: Endpoint
    let encryption: Encryption
}

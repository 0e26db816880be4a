import Link
import NIOCore
import Wire

struct ReplyHead { let reply: Reply; let bodyCount: Int? }
extension ClientConnection {
    func nextHead() -> EventLoopFuture<ReplyHead> {
        nextReply().map { r in var q = r; last = r.body; q.body = nil; return ReplyHead(reply: q, bodyCount: r.body?.readableBytes) }
    }
    func nextBody() -> EventLoopFuture<ByteBuffer?> {
        let b = last; last = nil
        return arrivedReply().map { _ in b }
    }
}
nonisolated(unsafe) var last: ByteBuffer?
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

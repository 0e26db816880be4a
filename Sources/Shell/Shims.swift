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
enum Hint {
    static func text(_ line: [UInt8], _ m: Manifest) -> String { line == Array("ENCRYPT ".utf8) ? "[TO=name,...] message" : "" }
    static func fitting(_ hint: String, columns: Int) -> String { String(hint.prefix(max(0, columns))) }
}
enum DisplayWidth { static func of(_ t: String) -> Int { t.count } }
struct Completion { let start = 0; let candidates: [String]; let appendsSpace = true
    init(_ line: [UInt8], cursor: Int, _ m: Manifest, names: Set<String>, files: (String) -> [String]) {
        candidates = m.specs.map(\.name).filter { $0.hasPrefix(String(decoding: line, as: UTF8.self).uppercased()) }
    } }
enum FileNames { static func matching(_ s: String) -> [String] { [] } }
enum NearestVerb { static func of(_ w: String, in m: Manifest) -> Verb? { nil } }
enum Pager { static func show(_ lines: [String]) { Output.write(ByteBuffer(string: lines.map { "\($0)\n" }.joined())) } }
struct ProgressBar { init(of n: Int) {}; func show(_ n: Int) {}; func end() {} }

import NIOHTTP1

/// A request of monitoring, as its head states it.
struct ProbeRequest: Sendable {
    let method: HTTPMethod
    /// The path without its query. It is compared as it is, so `/a/../metrics` and `/%6detrics` name nothing.
    let path: String
    /// The host that the client meant, with its port; nil if a client of HTTP/1.0 names none.
    let host: String?
    /// The values of the `If-None-Match` fields.
    let known: [String]

    /// Reads a head. The target is a path, or an absolute URI of the scheme `http`, whose host then counts and not
    /// that of the field `Host` (RFC 9112 sections 3.2.1 and 3.2.2).
    ///
    /// - Returns: nil if the target is another one, or if the field `Host` is missing or repeated.
    init?(_ head: HTTPRequestHead) {
        let hosts = head.headers["host"]
        guard hosts.count <= 1, hosts.count == 1 || head.version == .http1_0 || head.version == .http0_9 else {
            return nil
        }
        method = head.method
        known = head.headers["if-none-match"]
        var target = head.uri[...]
        if target.lowercased().hasPrefix("http://") {
            target = target.dropFirst("http://".count)
            let end = target.firstIndex { "/?#".contains($0) } ?? target.endIndex
            host = String(target[..<end])
            target = target[end...]
        } else {
            host = hosts.first
        }
        guard target.hasPrefix("/") else { return nil }
        path = String(target.prefix { $0 != "?" })
    }
}

import NIOHTTP1

/// The answer to a request of monitoring.
struct ProbeAnswer: Sendable {
    let status: HTTPResponseStatus
    let headers: [(name: String, value: String)]
    let body: String

    /// Creates an answer that no cache keeps.
    init(
        _ status: HTTPResponseStatus, _ body: String, contentType: String = "text/plain; charset=utf-8",
        headers: [(name: String, value: String)] = []
    ) {
        self.init(
            status, body: body, headers: [("Content-Type", contentType), ("Cache-Control", "no-store")] + headers)
    }

    private init(_ status: HTTPResponseStatus, body: String, headers: [(name: String, value: String)]) {
        (self.status, self.body, self.headers) = (status, body, headers)
    }

    /// Creates the answer with a document: 304 without the document if the client has it already.
    ///
    /// - Parameter known: The values of the request's `If-None-Match` fields.
    init(_ document: ProbeDocument, known: [String]) {
        let caching = [("ETag", document.tag), ("Cache-Control", "public, max-age=\(document.lifetime)")]
        if document.isAmong(known) {
            self.init(.notModified, body: "", headers: caching)
        } else {
            self.init(.ok, body: document.body, headers: [("Content-Type", document.contentType)] + caching)
        }
    }

    /// Returns the head of the response. A response 304 has no length, because it has no content.
    var head: HTTPResponseHead {
        var fields = HTTPHeaders(headers.map { ($0.name, $0.value) })
        if status != .notModified { fields.add(name: "Content-Length", value: "\(body.utf8.count)") }
        fields.add(name: "X-Content-Type-Options", value: "nosniff")
        fields.add(name: "Connection", value: "close")
        return HTTPResponseHead(version: .http1_1, status: status, headers: fields)
    }
}

/// A public document that caches may keep for a while.
package struct ProbeDocument: Sendable {
    let body: String
    let contentType: String
    /// The time for which caches may use it without asking again, in seconds.
    let lifetime: Int

    package init(_ body: String, contentType: String, lifetime: Int) {
        (self.body, self.contentType, self.lifetime) = (body, contentType, lifetime)
    }

    /// The strong entity tag (RFC 9110 section 8.8.3). It depends on the bytes alone, so all servers of a site give
    /// the same one for equal documents. Nothing secret depends on this hash, which is FNV-1a.
    var tag: String {
        let hash = body.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return "\"\(String(hash, radix: 16))\""
    }

    /// Returns whether one of the entity tags names this document (RFC 9110 section 13.1.2).
    func isAmong(_ fields: [String]) -> Bool {
        fields.flatMap { $0.split(separator: ",") }.contains { word in
            let word = word.trimmingPrefix { $0 == " " || $0 == "\t" }
            let known = (word.hasPrefix("W/") ? word.dropFirst(2) : word).prefix { $0 != " " && $0 != "\t" }
            return word.first == "*" || known == tag
        }
    }
}

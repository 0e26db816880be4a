import Commands
import Daemon
import Signing

/// The documents by which other programs verify the site's tokens. They are served over HTTP by auth servers.
struct TokenDocuments: Sendable {
    /// The seconds for which caches may keep the keys. It delays the use of a new key, so it is short.
    private static let lifetime = (keys: 60, configuration: 3600)

    private let site: String
    private let keys: TokenKeys
    private let data: DataDirectory

    init(site: String, _ keys: TokenKeys, _ data: DataDirectory) {
        (self.site, self.keys, self.data) = (site, keys, data)
    }

    /// The documents, by their paths. There is a configuration only if the site's name is a URL.
    var byPath: [String: @Sendable () -> ProbeDocument] {
        var documents: [String: @Sendable () -> ProbeDocument] = [OpenIDConfiguration.keysPath: { keySet }]
        if let text = OpenIDConfiguration.document(issuer: site) {
            let document = ProbeDocument(text, contentType: "application/json", lifetime: Self.lifetime.configuration)
            documents[OpenIDConfiguration.path] = { document }
        }
        return documents
    }

    /// The public keys that are in the file now. A new key is there before a server signs with it. If the file cannot
    /// be read, these are the keys that the server uses.
    private var keySet: ProbeDocument {
        let published = (try? data.tokenKeys(signs: false).published) ?? keys.published
        return ProbeDocument(
            JWKS.document(published), contentType: "application/jwk-set+json", lifetime: Self.lifetime.keys)
    }
}

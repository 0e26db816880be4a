import Daemon
import Foundation
import Input
import Logging
import Store

/// Checks that the servers of a site have the same name in `site`. A token of an auth server with another name would be
/// invalid at every other server. The auth server records its name in the database, and the others compare theirs.
struct SiteNameCheck {
    let name: String
    let store: Store
    let logger: Logger

    /// Records the name.
    ///
    /// An auth server may give the site a new name. It logs the old one, because the other servers must be changed too.
    /// If the name cannot be recorded, as on a full disk, the server starts anyway.
    func record() async {
        do {
            let old = try await store.siteName()
            guard old != name else { return }
            if let old {
                logger.warning(
                    "the site has a new name; give every server the same, and restart it",
                    metadata: ["site": "\(name)", "old": "\(old)"])
            }
            try await store.setSiteName(name)
        } catch {
            logger.warning("the name of the site cannot be recorded", metadata: ["reason": "\(error)"])
        }
    }

    /// Compares the name with the recorded one.
    ///
    /// - Throws: `StartError` if they differ.
    func compare() async throws(StartError) {
        guard let other = try? await store.siteName(), other != name else { return }
        throw StartError(
            "--site \(name): the auth server of this site has the name \(other); give both the same, and start the auth "
                + "server first", .temporary)
    }
}

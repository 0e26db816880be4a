import Daemon
import Foundation
import Input
import Logging
import Seal
import Store

/// Checks that a server belongs to the site of its database, and that the servers of the site have the same name in
/// `site`. A token of an auth server with another name would be invalid at every other server. The auth server records
/// its name in the database, and the others compare theirs.
struct SiteCheck {
    let data: DataDirectory
    let store: Store
    let logger: Logger

    /// Checks the root key, if the server has it, and the name. It changes nothing.
    ///
    /// - Throws: `StartError` if the database names another root key than the key file has, or if the auth server
    ///   recorded another name.
    func require(_ options: Serve) async throws {
        if options.plugins.names.contains(PluginNames.keys) { try await requireRootKey() }
        guard !options.plugins.names.contains(PluginNames.auth) else { return }
        guard let other = try? await store.siteName(), other != options.site else { return }
        throw StartError(
            "--site \(options.site): the auth server of this site has the name \(other); give both the same, and start the "
                + "auth server first", .temporary)
    }

    /// Records the root key in a database of an earlier release, and the name.
    ///
    /// An auth server may give the site a new name. It logs the old one, because the other servers must be changed too.
    /// If the name cannot be recorded, as on a full disk, the server starts anyway.
    func record(_ options: Serve) async throws {
        if options.plugins.names.contains(PluginNames.keys) { try await recordRootKey() }
        guard options.plugins.names.contains(PluginNames.auth) else { return }
        let name = options.site
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

    private func requireRootKey() async throws {
        let known = Set(try data.rootKeys().ids)
        // A database of an earlier release does not name its root key, but its wrapped keys do.
        let needed = try await data.reaching { () async throws(StoreError) in
            if let current = try await store.rootKeyID() { [current] } else { Array(try await store.keyCounts().keys) }
        }
        guard known.isSuperset(of: needed) else { throw data.foreignRootKey }
    }

    private func recordRootKey() async throws {
        let id = try data.rootKeys().current.id
        try await data.reaching { () async throws(StoreError) in
            if try await store.rootKeyID() == nil { _ = try await store.setRootKeyID(id, replacing: nil) }
        }
    }
}

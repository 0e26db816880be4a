import ArgumentParser
import Daemon
import Foundation
import Input

/// The command `claverod init DIR`, which makes the files of a new site. It overwrites nothing.
struct Initialize: OwnerCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Create a data directory with keys, certificates and a database.")

    @Option(help: "A name or address by which clients reach the proxy. May be given repeatedly.")
    var name: [String] = []

    @Flag(help: "Add the files that a directory of an earlier release lacks.")
    var upgrade = false

    @Option(
        help: ArgumentHelp(
            "The groups of the keys server and the auth server, as names or numbers, if each has its own user.",
            valueName: "keys,auth"))
    var serviceGroups: ServiceGroupNames?

    @OptionGroup var database: DatabaseOptions

    @Argument(help: "The directory. It is created if it does not exist.")
    var directory: String

    func validate() throws {
        guard !directory.isEmpty else { throw ValidationError("the name of the directory is empty") }
        guard !upgrade || serviceGroups == nil else {
            throw ValidationError("--service-groups is for a new site; --upgrade does not change existing files")
        }
    }

    /// An existing directory may be empty, and belong to the daemon's user already.
    func becomeOwner() throws(StartError) {
        let names = upgrade ? ["root.key", "token.key"] : []
        try SiteOwner(of: names, in: DataDirectory(path: directory))?.become()
    }

    func run() async throws {
        let groups = try serviceGroups.map { names throws(StartError) in try ServiceGroups(names) }
        let names = name.isEmpty ? NewSite.usualNames : name
        // A new site is not made from the credentials of the environment.
        let directory = try DataDirectory(
            path: directory, database: database.address, credentials: Credentials(environment: [:]))
        let site = NewSite(directory: directory, names: names, groups: groups)
        if upgrade {
            let added = try site.upgrade()
            print(
                added.isEmpty
                    ? "The site lacks nothing; nothing was changed." : "Added: \(added.joined(separator: ", "))")
        } else {
            try await site.create()
            print(try SiteSummary(site).text)
        }
    }
}

import ArgumentParser
import Daemon
import Foundation
import Input

/// The groups of the two servers in a site whose servers have users of their own. The members of each group are the
/// server's user and the operator, who runs the commands that change the keys.
struct ServiceGroups: Sendable {
    /// The group that may read root.key.
    let keys: gid_t
    /// The group that may read token.key.
    let auth: gid_t

    /// Looks up the groups.
    ///
    /// - Throws: `StartError` if a group does not exist, or if both groups are the same.
    init(_ names: ServiceGroupNames) throws(StartError) {
        (keys, auth) = (try Self.id(of: names.keys), try Self.id(of: names.auth))
        guard keys != auth else { throw StartError("--service-groups: the two servers need different groups") }
    }

    /// Returns the name of a group for messages.
    static func name(of group: gid_t) -> String {
        guard let entry = getgrgid(group) else { return "the group \(group)" }
        return "the group \(String(cString: entry.pointee.gr_name))"
    }

    private static func id(of name: String) throws(StartError) -> gid_t {
        if let entry = getgrnam(name) { return entry.pointee.gr_gid }
        // The largest number means "no group" to the system.
        guard let number = gid_t(name), number != .max else {
            throw StartError("--service-groups: no such group: \(name.debugDescription)")
        }
        return number
    }
}

/// The value of the option: two names or numbers of groups.
struct ServiceGroupNames: ExpressibleByArgument, Sendable {
    let keys: String
    let auth: String

    init?(argument: String) {
        let names = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard names.count == 2, names.allSatisfy({ !$0.isEmpty }) else { return nil }
        (keys, auth) = (names[0], names[1])
    }
}

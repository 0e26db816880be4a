/// The groups in which HELP lists the commands.
///
/// They are for people alone, so they are not a part of the declarations. A command that is in no group is listed under
/// its plugin, after the groups.
package struct HelpGroup {
    private let name: String
    private let verbs: [Verb]
    /// Whether only HELP ALL lists the group.
    var isHidden = false

    /// The groups in their order. The commands that people use most come first in each.
    private static let groups = [
        HelpGroup(name: "account", verbs: ["SIGNUP", "LOGIN", "LOGOUT", "WHOAMI", "PASSWD", "RECOVERY"]),
        HelpGroup(
            name: "messages",
            verbs: ["ENCRYPT", "DECRYPT", "REWRAP", "SIGN", "VERIFY", "PUBKEY", "MAC", "DATAKEY", "RANDOM"]),
        HelpGroup(name: "keys", verbs: ["KEYS", "ROTATE", "RETIRE", "ERASE"]),
        HelpGroup(name: "log-ins", verbs: ["ADDKEY", "LISTKEYS", "DROPKEY", "CHALLENGE", "TOKEN", "JWKS"]),
        HelpGroup(
            name: "operator",
            verbs: ["ACCOUNTS", "INVITE", "DISABLE", "ENABLE", "UNLOCK", "RESET", "FORGET", "HEALTH"]),
        HelpGroup(
            name: "operator",
            verbs: ["STATUS", "UPSTREAMS", "SESSIONS", "ADDUPSTREAM", "DROPUPSTREAM", "DRAIN", "RESUME"]),
        HelpGroup(name: "session", verbs: ["HELP", "STARTTLS", "QUIT"]),
        HelpGroup(name: "programs", verbs: ["COMMANDS", "EHLO", "HELO", "AUTH", "NOOP", "RSET"], isHidden: true),
    ]

    /// Whether the verb is in a group. All verbs are, except those of plugins that an operator adds.
    package static func contains(_ verb: Verb) -> Bool { groups.contains { $0.verbs.contains(verb) } }

    /// Returns the lines of HELP: the name of the group in its first line, the verb, and the summary.
    ///
    /// - Parameter all: whether the hidden groups are listed too.
    static func list(_ specs: [CommandSpec], all: Bool) -> [String] {
        var sections = groups.filter { all || !$0.isHidden }
            .map { group in (group.name, group.verbs.compactMap { verb in specs.first { $0.verb == verb } }) }
        let grouped = Set(groups.flatMap(\.verbs))
        for spec in specs where !grouped.contains(spec.verb) {
            if sections.last?.0 == spec.plugin {
                sections[sections.count - 1].1.append(spec)
            } else {
                sections.append((spec.plugin, [spec]))
            }
        }
        let verbWidth = specs.map(\.verb.description.count).max() ?? 0
        let nameWidth = sections.filter { !$0.1.isEmpty }.map(\.0.count).max() ?? 0
        let lines = sections.flatMap { name, specs in
            specs.enumerated().map { index, spec in
                padded(index == 0 ? name : "", nameWidth) + padded(spec.verb.description, verbWidth) + spec.summary
            }
        }
        return lines + ["HELP verb explains one of them." + (all ? "" : " HELP ALL lists those for programs too.")]
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: width - text.count + 2)
    }
}

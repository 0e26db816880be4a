import Wire

/// The operator's permission for a plugin: which verbs it may serve, and on what terms.
package struct PluginGrant: Sendable, Equatable {
    /// The terms of a verb. They add restrictions to the plugin's declaration, and remove none.
    package struct Terms: Sendable, Equatable {
        /// Whether only logged-in sessions may issue the command.
        package var needsLogIn = false
        /// Whether the command is never repeated, even if the plugin declares it repeatable.
        package var isOnce = false

        package init(needsLogIn: Bool = false, isOnce: Bool = false) {
            (self.needsLogIn, self.isOnce) = (needsLogIn, isOnce)
        }
    }

    package let plugin: String
    package var verbs: [Verb: Terms]

    package init(plugin: String, verbs: [Verb: Terms]) {
        (self.plugin, self.verbs) = (plugin, verbs)
    }

    /// The names that a plugin cannot have, because they already have another meaning.
    private static let reservedNames: Set = ["keys", "auth", "admin"]

    /// Whether a plugin can have the name. A name is a lower-case letter, then up to 31 lower-case letters, digits
    /// and hyphens. It must not be reserved.
    package static func isName(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, 0x61...0x7A ~= first, text.utf8.count <= 32 else { return false }
        return text.utf8.allSatisfy { 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || $0 == UInt8(ascii: "-") }
            && !reservedNames.contains(String(text))
    }

    /// Parses `plugin=VERB[:user][:once],…`; nil if the text has another form.
    package init?(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isName(parts[0]) else { return nil }
        var verbs: [Verb: Terms] = [:]
        for item in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
            let words = item.split(separator: ":", omittingEmptySubsequences: false)
            guard let verb = Verb(Array(words[0].utf8)), verbs[verb] == nil else { return nil }
            var terms = Terms()
            for word in words.dropFirst() {
                switch word {
                case "user": terms.needsLogIn = true
                case "once": terms.isOnce = true
                default: return nil
                }
            }
            verbs[verb] = terms
        }
        self.init(plugin: String(parts[0]), verbs: verbs)
    }
}

/// The commands of its host that a plugin may issue, as the operator's settings name them.
package struct PluginServices: Sendable, Equatable {
    package let plugin: String
    package let verbs: [Verb]

    /// Parses `plugin=VERB,…`; nil if the text has another form.
    package init?(_ text: String) {
        guard let grant = PluginGrant(text), grant.verbs.values.allSatisfy({ $0 == PluginGrant.Terms() }) else {
            return nil
        }
        plugin = grant.plugin
        verbs = Array(grant.verbs.keys)
    }
}

import Wire

/// What the operator lets a plugin do: which verbs it may serve, on what terms, and which commands of its host it may
/// give for whoever asks it.
package struct PluginGrant: Sendable, Equatable {
    /// The terms of a verb. They add to what the plugin declares, and take nothing from it.
    package struct Terms: Sendable, Equatable {
        /// Only sessions that have logged in may give it.
        package var needsLogIn = false
        /// It is never repeated, whatever the plugin says.
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

    /// Names that mean something else already.
    private static let reservedNames: Set = ["keys", "auth", "admin"]

    /// Whether a plugin can have the name: a lower-case letter, then up to 31 of those, digits and hyphens.
    package static func isName(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, 0x61...0x7A ~= first, text.utf8.count <= 32 else { return false }
        return text.utf8.allSatisfy { 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || $0 == UInt8(ascii: "-") }
            && !reservedNames.contains(String(text))
    }

    /// Reads `plugin=VERB[:user][:once],…`; nil for what is none.
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

/// Commands of its host that a plugin may give, as the operator's settings name them.
package struct PluginServices: Sendable, Equatable {
    package let plugin: String
    package let verbs: [Verb]

    /// Reads `plugin=VERB,…`; nil for what is none.
    package init?(_ text: String) {
        guard let grant = PluginGrant(text), grant.verbs.values.allSatisfy({ $0 == PluginGrant.Terms() }) else {
            return nil
        }
        plugin = grant.plugin
        verbs = Array(grant.verbs.keys)
    }
}

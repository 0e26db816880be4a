extension SettingsSources {
    /// Returns the setting of `added` that a parser of the command line complains about, and the parser's reason. The
    /// parser itself knows only the words that it was given, not their origin. So each setting is left out once:
    /// without the wrong one, the complaint changes or ends.
    ///
    /// `complaint` returns the parser's complaint about the arguments; nil if they are good.
    static func culprit(
        among added: [Added], _ commandLine: [String], complaint: ([String]) -> String?
    ) -> (Added, reason: String)? {
        let arguments = added.map(\.argument)
        guard let reason = complaint(arguments + commandLine) else { return nil }
        for (index, suspect) in added.enumerated() {
            var others = arguments
            others.remove(at: index)
            let other = complaint(others + commandLine)
            // If the suspect is a required option, the parser now misses it. That does not show that its value was
            // wrong.
            let isMissing = other?.contains("Missing expected argument '--\(suspect.name)") ?? false
            if other != reason, !isMissing { return (suspect, reason) }
        }
        return nil
    }
}

extension Settings {
    /// Which of `added` a parser of the command line complains of: without it, it complains of something else, or of
    /// nothing. The parser itself knows no more than the words that it was given.
    ///
    /// `complaint`: what the parser says of the arguments; nil if they are good.
    static func culprit(
        among added: [Added], _ commandLine: [String], complaint: ([String]) -> String?
    ) -> (Added, reason: String)? {
        let arguments = added.map(\.argument)
        guard let reason = complaint(arguments + commandLine) else { return nil }
        for (index, suspect) in added.enumerated() {
            var others = arguments
            others.remove(at: index)
            let other = complaint(others + commandLine)
            // That one which is needed is missing now says nothing about it.
            let isMissing = other?.contains("Missing expected argument '--\(suspect.name)") ?? false
            if other != reason, !isMissing { return (suspect, reason) }
        }
        return nil
    }
}

/// Words of commands that a message shows, so that a person can copy the command into a shell.
package enum ShellWord {
    /// Returns a word in the form that a shell reads.
    package static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || "0123456789-_=/.:,@+".unicodeScalars.contains($0)
            }
        if isPlain { return word }
        // A quotation mark with a combining mark after it is another Character, but a shell reads bytes.
        return "'" + word.unicodeScalars.map { $0 == "'" ? #"'\''"# : String($0) }.joined() + "'"
    }
}

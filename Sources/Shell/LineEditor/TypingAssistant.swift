/// The source of hints and completions for the line that is being typed.
protocol TypingAssistant: AnyObject {
    /// Returns the dim text after the cursor, which is at the end of `line`.
    func hint(for line: [UInt8]) -> String
    /// Returns a line of a file or of a paste as it is shown, without its secrets.
    func masked(_ line: [UInt8]) -> String
    /// Returns the completions at the cursor, whose position is given in bytes.
    func completion(of line: [UInt8], cursor: Int) -> LineCompletion
}

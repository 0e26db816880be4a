/// The reason why a program cannot start or cannot do its work. It is one line that names the cause.
package struct StartError: Error, CustomStringConvertible {
    package let description: String
    /// The exit status of the program.
    package let status: ExitStatus

    package init(_ description: String, _ status: ExitStatus = .configuration) {
        self.description = description.escapingControls
        self.status = status
    }
}

extension String {
    /// The text with control characters escaped, so that it stays one line. The name of a file may contain any.
    fileprivate var escapingControls: String {
        guard unicodeScalars.contains(where: \.isHarmful) else { return self }
        return unicodeScalars.map { $0.isHarmful ? $0.escaped(asASCII: true) : String($0) }.joined()
    }
}

import Input

/// A failure that ends the program, or in the shell the current line.
struct ExitError: Error, Equatable {
    /// The text for standard error; empty if the failure was already reported.
    let message: String
    let status: ExitStatus
    /// Whether the line that failed has a secret in it, so that the history must not keep it.
    var holdsSecret = false
}

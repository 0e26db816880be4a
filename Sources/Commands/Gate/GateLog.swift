import Wire

/// The messages that a gate sends to its server's log. They never contain the contents of a request.
package struct GateLog: Sendable {
    /// Receives each error that is the server's own fault.
    let failed: @Sendable (Verb, RequestID?, any Error) -> Void
    /// Receives each request, the code of its reply, and the answer time in nanoseconds; nil if requests are not
    /// logged.
    let answered: (@Sendable (Verb, RequestID?, _ code: Int, _ took: Int64) -> Void)?

    package init(
        failed: @escaping @Sendable (Verb, RequestID?, any Error) -> Void,
        answered: (@Sendable (Verb, RequestID?, _ code: Int, _ took: Int64) -> Void)? = nil
    ) {
        (self.failed, self.answered) = (failed, answered)
    }
}

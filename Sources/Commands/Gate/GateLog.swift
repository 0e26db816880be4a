import Wire

/// What a gate tells its server's log. It gets no content of a request.
package struct GateLog: Sendable {
    /// An error that is the server's own.
    let failed: @Sendable (Verb, RequestID?, any Error) -> Void
    /// Any request, the code of its reply, and how long it took in nanoseconds; nil where that is not logged.
    let answered: (@Sendable (Verb, RequestID?, _ code: Int, _ took: Int64) -> Void)?

    package init(
        failed: @escaping @Sendable (Verb, RequestID?, any Error) -> Void,
        answered: (@Sendable (Verb, RequestID?, _ code: Int, _ took: Int64) -> Void)? = nil
    ) {
        (self.failed, self.answered) = (failed, answered)
    }
}

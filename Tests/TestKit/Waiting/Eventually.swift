import Dispatch

/// Looks at something again and again until `find` finds a value there, and returns that. It is for what happens by
/// itself and is announced by nothing that a test could await.
///
/// The limit is far beyond what any of it takes on a busy machine: it ends a test that would hang.
///
/// - Parameter what: What is looked for, in words, for the error.
/// - Throws: A `Mismatch` after two minutes; `CancellationError` when the test is cancelled.
@discardableResult
package func found<Value>(
    _ what: @autoclosure () -> String = "", file: String = #fileID, line: Int = #line,
    _ find: () async throws -> Value?
) async throws -> Value {
    let start = ContinuousClock.now
    // The pause is for what is looked for, which may need the processor.
    for await _ in ticks(every: .milliseconds(1)) {
        if let value = try await find() { return value }
        guard start.duration(to: .now) < .seconds(120) else {
            throw Mismatch("never within two minutes: \(what()) (\(file):\(line))")
        }
    }
    throw CancellationError()
}

/// Looks again and again until `isSo`, as ``found(_:file:line:_:)`` does.
package func eventually(
    _ what: @autoclosure () -> String = "", file: String = #fileID, line: Int = #line,
    _ isSo: () async throws -> Bool
) async throws {
    try await found(what(), file: file, line: line) { try await isSo() ? true : nil }
}

import Dispatch

/// Calls `find` repeatedly until it returns a value, and returns that value. It is meant for events that a test
/// cannot await.
///
/// The limit is far longer than any such event takes on a busy machine. It ends a test that would otherwise hang.
///
/// - Parameter what: A description of the value, for the error.
/// - Throws: A `Mismatch` after two minutes; `CancellationError` when the test is cancelled.
@discardableResult
package func found<Value>(
    _ what: @autoclosure () -> String = "", file: String = #fileID, line: Int = #line,
    _ find: () async throws -> Value?
) async throws -> Value {
    let start = ContinuousClock.now
    // The pause leaves the processor to the code that the test waits for.
    for await _ in ticks(every: .milliseconds(1)) {
        if let value = try await find() { return value }
        guard start.duration(to: .now) < .seconds(120) else {
            throw Mismatch("never within two minutes: \(what()) (\(file):\(line))")
        }
    }
    throw CancellationError()
}

/// Calls `isSo` repeatedly until it returns true, as ``found(_:file:line:_:)`` does.
package func eventually(
    _ what: @autoclosure () -> String = "", file: String = #fileID, line: Int = #line,
    _ isSo: () async throws -> Bool
) async throws {
    try await found(what(), file: file, line: line) { try await isSo() ? true : nil }
}

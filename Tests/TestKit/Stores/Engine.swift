import Foundation

/// A database engine that a store can have.
package enum Engine: Sendable, CaseIterable {
    case sqlite, postgres

    /// Both engines, or SQLite alone if the environment has `CLAVERO_TEST_ENGINE=sqlite`, as `make test-fast` has it.
    package static let allCases: [Engine] =
        ProcessInfo.processInfo.environment["CLAVERO_TEST_ENGINE"] == "sqlite" ? [.sqlite] : [.sqlite, .postgres]
}

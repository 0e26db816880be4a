/// A fault in a log.
package struct AuditFinding: Sendable, Equatable {
    /// The number of the line, from 1; nil if the finding concerns no existing line.
    package let line: Int?
    /// The description, in one line.
    package let words: String
}

/// The result of verifying one file.
package struct AuditReport: Sendable, Equatable {
    /// The first findings, at most ``findingBound``.
    package internal(set) var findings: [AuditFinding] = []
    /// The identity of the log; nil if no checkpoint names it.
    package internal(set) var identity: AuditIdentity?
    /// The number of all findings.
    package internal(set) var findingCount = 0
    package internal(set) var lines = 0
    /// The line of an earlier file that the first line follows; nil if the log begins here.
    package internal(set) var continues: AuditPoint?
    /// The last line.
    package internal(set) var last: AuditPoint?
    /// The last checkpoint with a valid signature.
    package internal(set) var checkpoint: AuditPoint?
    /// The number of lines after that checkpoint, which no signature covers yet.
    package internal(set) var unsealed = 0
    /// The number of records that the log says were lost, the number of strangers' records that it only counted, and
    /// the number of incomplete lines that it found at a start.
    package internal(set) var lost: UInt64 = 0
    package internal(set) var omitted: UInt64 = 0
    package internal(set) var recovered = 0
    /// Whether there is a head beside the log.
    package internal(set) var hasHead = false

    package static let findingBound = 100

    /// Whether nothing that a checkpoint covers was changed.
    package var isIntact: Bool { findingCount == 0 }

    mutating func find(_ words: String, at line: Int? = nil) {
        findingCount += 1
        if findings.count < Self.findingBound { findings.append(AuditFinding(line: line, words: words)) }
    }
}

/// Something in a log that should not be so.
package struct AuditFinding: Sendable, Equatable {
    /// The number of the line, from 1; nil for what concerns no line that is there.
    package let line: Int?
    /// One line for a person.
    package let words: String
}

/// What verification of one file found.
package struct AuditReport: Sendable, Equatable {
    /// The first findings, as many as ``findingBound``.
    package internal(set) var findings: [AuditFinding] = []
    /// The log that the file is of; nil where no checkpoint says it.
    package internal(set) var identity: AuditIdentity?
    /// How many there were.
    package internal(set) var findingCount = 0
    package internal(set) var lines = 0
    /// The line of an earlier file that the first one follows; nil if the log begins here.
    package internal(set) var continues: AuditPoint?
    /// The last line.
    package internal(set) var last: AuditPoint?
    /// The last checkpoint whose signature is good.
    package internal(set) var checkpoint: AuditPoint?
    /// Lines after it, which nothing vouches for yet.
    package internal(set) var unsealed = 0
    /// How many records the log itself says it lost, how many of strangers it only counted, and how many incomplete lines
    /// it found at a start.
    package internal(set) var lost: UInt64 = 0
    package internal(set) var omitted: UInt64 = 0
    package internal(set) var recovered = 0
    /// Whether there was a head to compare with.
    package internal(set) var hasHead = false

    package static let findingBound = 100

    /// Whether all that a checkpoint vouches for is as it was written.
    package var isIntact: Bool { findingCount == 0 }

    mutating func find(_ words: String, at line: Int? = nil) {
        findingCount += 1
        if findings.count < Self.findingBound { findings.append(AuditFinding(line: line, words: words)) }
    }
}

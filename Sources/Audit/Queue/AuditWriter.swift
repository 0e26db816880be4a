import Foundation
import Seal
import Signing

/// Writes the records of a queue, on a thread of its own, which ends with the queue.
///
/// Once the thread runs, only it uses this object.
final class AuditWriter: @unchecked Sendable {
    private let queue: AuditQueue
    private let key: SigningKey
    private let settings: AuditSettings
    private let report: @Sendable (AuditEvent) -> Void

    private var file: AuditFile
    private var chain: AuditChain
    /// The records that were taken from the queue and are not written yet.
    private var inHand = AuditBatch()
    /// The lines of one write, in memory that is used again.
    private var bytes: [UInt8] = []
    private var fragment: (front: [UInt8], count: Int)?
    /// Whether the file still has to get its first checkpoint.
    private var mustStart = true
    private var mustReopen = false
    /// The time at which the file was first found moved away; nil if it is in its place.
    private var movedAt: UInt64?
    /// The sums of strangers' records that are not written yet.
    private var sums: (sums: [(OmittedRecords, count: Int)], since: Int64)?
    private var sumsAt: UInt64
    private var hasStopped = false

    private var checkpointAt: UInt64
    /// The time at which the first line was written that may not be on disk.
    private var unsyncedSince: UInt64?
    /// The number of the checkpoint that the head holds.
    private var headSeq: UInt64 = 0

    /// The number of entries in one write. The file is checked between writes.
    private static let batch = 1024

    init(
        _ file: AuditFile, tail: AuditTail, key: SigningKey, settings: AuditSettings, queue: AuditQueue,
        report: @escaping @Sendable (AuditEvent) -> Void
    ) {
        (self.file, self.key, self.settings, self.queue, self.report) = (file, key, settings, queue, report)
        chain = AuditChain(of: tail.identity, after: tail.last)
        fragment = tail.fragment
        checkpointAt = settings.clock.uptime()
        sumsAt = checkpointAt
        if fragment != nil { file.cut(at: tail.end) }
    }

    func start() {
        let thread = Thread { self.run() }
        thread.name = "audit"
        thread.start()
    }

    private func run() {
        var works = true
        var before = chain.last
        var isDone = false
        while !isDone {
            mustReopen = queue.wait(works ? (before == chain.last ? .idle : .gathering) : .failing) || mustReopen
            before = chain.last
            let shutdown = queue.shutdown
            if shutdown < .abandon { works = attempt(isEnding: shutdown != .none) }
            isDone = shutdown >= .lastTry || shutdown == .drain && hasStopped && works
        }
        file.close()
        queue.hasEnded()
    }

    /// Does all that is due.
    ///
    /// `isEnding`: whether the log was being closed before this call. Then the queue has all of its records, and the
    /// last checkpoint comes after them.
    /// - Returns: whether nothing failed.
    private func attempt(isEnding: Bool) -> Bool {
        do throws(AuditError) {
            if mustReopen { try reopen() }
            try file.checkPath()
            if mustStart { try begin() }
            try writeAll()
            let isLast = isEnding && !hasStopped
            if isLast || isSumDue { try writeSums() }
            if isCheckpointDue { try seal(.interval) }
            if isLast {
                try seal(.stop)
                hasStopped = true
            }
            try makeDurable()
            movedAt = nil
            queue.attempted(.ok)
            return true
        } catch {
            if error.cause == .vanished, isBeingReplaced { return false }
            queue.attempted(
                error.cause == .vanished ? .vanished : .failing(error.description), lacksRoom: error.isForRoom)
            return false
        }
    }

    /// Whether the file was moved away so recently that the call to begin a new one may be on its way. Programs that
    /// rotate logs move the file first.
    private var isBeingReplaced: Bool {
        guard file.isMovedAway else { return false }
        let now = settings.clock.uptime()
        let since = movedAt ?? now
        movedAt = since
        return now - since < settings.moveTime.nanoseconds
    }

    private func begin() throws(AuditError) {
        let fragment = fragment
        let isFirst = file.end == 0
        try write { chain, bytes, now throws(SealError) in
            // Each file begins with a checkpoint.
            if fragment != nil, isFirst { try chain.seal(.start, by: key, now: now, to: &bytes) }
            if let fragment {
                chain.add(.recovered(fragment: fragment.front, count: fragment.count), now: now, to: &bytes)
            }
            try chain.seal(.start, by: key, now: now, to: &bytes)
        }
        mustStart = false
        self.fragment = nil
        if let fragment { report(.recovered(bytes: fragment.count)) }
    }

    private func writeAll() throws(AuditError) {
        while queue.shutdown != .abandon {
            if inHand.count == 0 { queue.takeAll(into: &inHand) }
            guard inHand.count > 0 else { return }
            try file.checkPath()
            try writeInHand(first: min(inHand.count, Self.batch))
            try makeDurable()
        }
    }

    private func writeInHand(first count: Int) throws(AuditError) {
        try write { chain, bytes, now throws(SealError) in
            try inHand.forEach(first: count) { (body) throws(SealError) in
                chain.add(body, now: now, to: &bytes)
                guard chain.unsealed >= settings.checkpointLines else { return }
                try chain.seal(.interval, by: key, now: now, to: &bytes)
            }
        }
        let records = inHand.removeFirst(count)
        queue.wrote(records: records, lines: 0, checkpoint: nil, next: inHand.oldest)
    }

    private var isSumDue: Bool {
        settings.clock.uptime() - sumsAt >= settings.sumInterval.nanoseconds
    }

    private func writeSums() throws(AuditError) {
        sums = sums ?? queue.takeSums()
        sumsAt = settings.clock.uptime()
        guard let sums else { return }
        try write { chain, bytes, now throws(SealError) in
            for (record, count) in sums.sums {
                chain.add(.omitted(record, count: count, since: sums.since), now: now, to: &bytes)
            }
        }
        self.sums = nil
    }

    private func seal(_ reason: CheckpointReason) throws(AuditError) {
        try write { chain, bytes, now throws(SealError) in try chain.seal(reason, by: key, now: now, to: &bytes) }
    }

    /// Writes the lines that `make` adds: all of them or none.
    private func write(
        _ make: (inout AuditChain, inout [UInt8], _ now: Int64) throws(SealError) -> Void
    ) throws(AuditError) {
        var next = chain
        bytes.removeAll(keepingCapacity: true)
        do {
            try make(&next, &bytes, settings.clock.now())
        } catch {
            throw AuditError(path: file.path, cause: .failed("cannot sign: \(error)"))
        }
        try file.append(bytes)
        let isSealed = next.checkpoint?.point != chain.checkpoint?.point
        let lines = Int(next.last.seq - chain.last.seq)
        chain = next
        let uptime = settings.clock.uptime()
        if isSealed { checkpointAt = uptime }
        unsyncedSince = unsyncedSince ?? uptime
        queue.wrote(records: 0, lines: lines, checkpoint: chain.checkpoint?.point, next: inHand.oldest)
    }

    private var isCheckpointDue: Bool {
        chain.unsealed > 0 && settings.clock.uptime() - checkpointAt >= settings.checkpointInterval.nanoseconds
    }

    /// Synchronises the file if a line has waited for the interval, or if there is a new checkpoint. Then the head is
    /// replaced.
    private func makeDurable() throws(AuditError) {
        guard let since = unsyncedSince else { return }
        let checkpoint = chain.checkpoint.flatMap { $0.point.seq == headSeq ? nil : $0 }
        guard checkpoint != nil || settings.clock.uptime() - since >= settings.syncInterval.nanoseconds else { return }
        try file.synchronize()
        if let checkpoint, file.isRegular {
            try AuditHead.replace(of: file.path, by: checkpoint.line)
        }
        headSeq = checkpoint?.point.seq ?? headSeq
        unsyncedSince = nil
    }

    /// Continues in the file that the path names now. If it is still the same file, only a checkpoint is written.
    private func reopen() throws(AuditError) {
        if file.isAtPath {
            file.acceptCut()
            try writeSums()
            try seal(.reopen)
        } else {
            let next = try AuditFile(path: file.path)
            guard next.end == 0 else { throw AuditError(path: file.path, cause: .notEmpty) }
            // If the old file cannot get this checkpoint, the first checkpoint of the new file covers its lines too.
            do throws(AuditError) {
                try writeSums()
                try seal(.reopen)
                try makeDurable()
            } catch {
                report(.unsealed(error.description))
            }
            (file, mustStart) = (next, true)
            report(.reopened)
        }
        mustReopen = false
    }
}

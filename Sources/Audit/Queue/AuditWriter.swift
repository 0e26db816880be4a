import Foundation
import Seal
import Signing

/// Writes what waits in a queue, on a thread of its own, which ends with the queue.
///
/// Only that thread touches it once it runs.
final class AuditWriter: @unchecked Sendable {
    private let queue: AuditQueue
    private let key: SigningKey
    private let settings: AuditLog.Settings
    private let report: @Sendable (AuditEvent) -> Void

    private var file: AuditFile
    private var chain: AuditChain
    /// What was taken from the queue and is not written yet.
    private var inHand = AuditBatch()
    /// The lines of one write, in memory that is used again.
    private var bytes: [UInt8] = []
    private var fragment: (front: [UInt8], octets: Int)?
    /// Whether the file still has to get its first checkpoint.
    private var mustStart = true
    private var mustReopen = false
    /// The sums of strangers' records that are not written yet.
    private var sums: (sums: [(OmittedRecords, count: Int)], since: Int64)?
    private var sumsAt: UInt64
    private var hasStopped = false

    private var checkpointAt: UInt64
    /// When the first line was written that may not be on disk.
    private var unsyncedSince: UInt64?
    /// The checkpoint that is in the head.
    private var headSeq: UInt64 = 0

    /// How many entries are written at a time, so that the file is looked at between.
    private static let batch = 1024

    init(
        _ file: AuditFile, tail: AuditTail, key: SigningKey, settings: AuditLog.Settings, queue: AuditQueue,
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
            let ending = queue.ending
            if ending < .abandon { works = attempt(isEnding: ending != .none) }
            isDone = ending >= .lastTry || ending == .drain && hasStopped && works
        }
        file.close()
        queue.hasEnded()
    }

    /// Does all that is to be done; false if something kept it from that.
    ///
    /// `isEnding`: whether the log's end had begun before this call. Then all of its records are in the queue, and the last
    /// checkpoint comes after them.
    private func attempt(isEnding: Bool) -> Bool {
        do throws(AuditError) {
            if mustReopen { try reopen() }
            try file.look()
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
            queue.attempted(.ok)
            return true
        } catch {
            queue.attempted(
                error.cause == .vanished ? .vanished : .failing(error.description), lacksRoom: error.isForRoom)
            return false
        }
    }

    private func begin() throws(AuditError) {
        let fragment = fragment
        let isFirst = file.end == 0
        try write { chain, bytes, now throws(SealError) in
            // Each file begins with a checkpoint.
            if fragment != nil, isFirst { try chain.seal(.start, by: key, now: now, to: &bytes) }
            if let fragment {
                chain.add(.recovered(fragment: fragment.front, octets: fragment.octets), now: now, to: &bytes)
            }
            try chain.seal(.start, by: key, now: now, to: &bytes)
        }
        mustStart = false
        self.fragment = nil
        if let fragment { report(.recovered(octets: fragment.octets)) }
    }

    private func writeAll() throws(AuditError) {
        while queue.ending != .abandon {
            if inHand.count == 0 { queue.takeAll(into: &inHand) }
            guard inHand.count > 0 else { return }
            try file.look()
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

    /// Writes the lines that `make` adds, or none of them.
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

    /// Sees to it that nothing is in memory only for longer than the interval, and no checkpoint at all.
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

    /// Closes the file and goes on in the one that the path names now; the same file only gets a checkpoint.
    private func reopen() throws(AuditError) {
        if file.isAtPath {
            file.accept()
            try writeSums()
            try seal(.reopen)
        } else {
            let next = try AuditFile(path: file.path)
            guard next.end == 0 else { throw AuditError(path: file.path, cause: .notEmpty) }
            // The next file's first checkpoint vouches for the old one too, should this one not be written.
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

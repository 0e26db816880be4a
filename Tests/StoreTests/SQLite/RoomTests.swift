import Foundation
import Glibc
import Synchronization
import TestKit
import Testing

@testable import Store

@Suite("Free disk space and the length of the log", .timeLimit(.minutes(5))) struct RoomTests {
    @Test("The reserve is a number of bytes or a share of the disk, by default 5% up to 64 MiB")
    func reserveOfASize() {
        let mebi: Int64 = 1 << 20
        #expect(HeadRoom.Reserve.standard.bytes(of: 12 * mebi) == 12 * mebi / 100 * 5)
        #expect(HeadRoom.Reserve.standard.bytes(of: 100_000 * mebi) == 64 * mebi)
        #expect(HeadRoom.Reserve.bytes(5).bytes(of: 12 * mebi) == 5)
        #expect(HeadRoom.Reserve.percent(10).bytes(of: 1000) == 100)
    }

    @Test("A file whose disk cannot be examined counts as having enough room")
    func whatCannotBeAskedHasRoom() {
        #expect(!HeadRoom(of: ["/nonexistent/file"], reserve: .percent(100)).isLow)
        #expect(!HeadRoom(of: [], reserve: .percent(100)).isLow)
        #expect(HeadRoom(of: ["/nonexistent/file", "/tmp"], reserve: .percent(100)).isLow)
    }

    /// The log grows while another program reads an earlier state. At the bound, strangers are refused but users are
    /// not. After the reader ends, the log is emptied without another write.
    @Test("While a reader keeps the log from being emptied, sign-ups are refused at its bound")
    func aReaderDoesNotLetTheLogGrowByStrangers() async throws {
        try await withStore(.init(logBound: 1 << 20)) { store, path in
            let other = try OtherProgram(path)
            #expect(try await other.ask("db.execute('BEGIN').fetchone()") == "None")
            #expect(try await other.value("SELECT count(*) FROM accounts") == "0")
            var added = 0
            var outcome: StoreError?
            while outcome == nil, added < 5000 {
                outcome = await failure(of: newAccount("u\(added)"), addedTo: store)
                if outcome == nil { added += 1 }
            }
            #expect(outcome == .logTooLong)
            let size = try #require(store.logSize)
            #expect(size > 1 << 20 && size < 2 << 20)
            #expect(try await store.setPassword("new", of: "u0", ifEpoch: 0))
            #expect(await failure(of: newAccount("late"), addedTo: store) == .logTooLong)
            #expect(try await other.ask("db.execute('COMMIT').fetchone()") == "None")
            while store.logSize != 0, !Task.isCancelled { try await Task.sleep(for: .milliseconds(5)) }
            #expect(await failure(of: newAccount("late"), addedTo: store) == nil)
            #expect(try await other.value("SELECT count(*) FROM accounts") == "\(added + 1)")
            try await other.end()
        }
    }

    /// The test uses a filesystem of its own. Strangers are refused before the disk is full, and users can write for
    /// a long time. No acknowledged write is lost.
    @Test("When sign-ups have filled the disk up to the reserve, users can still write")
    func usersGoOnWhenStrangersHaveFilledTheDiskAsRoot() async throws {
        try await withSmallDisk(mebibytes: 12) { path in
            let file = "\(path)/clavero.db"
            try SQLiteFile.create(at: file)
            let reports = Mutex<[Bool]>([])
            let room = HeadRoom(of: [file], reserve: .standard) { state in reports.withLock { $0.append(state.isLow) } }
            let store = try Store(file: file, settings: .init(room: room))
            var added = 0
            var outcome: StoreError?
            while outcome == nil {
                // Sixteen sign-ups share a commit, which shortens the test.
                let first = added
                let outcomes = await withTaskGroup(of: StoreError?.self) { group in
                    for number in first..<(first + 16) {
                        group.addTask { await failure(of: newAccount("u\(number)"), addedTo: store) }
                    }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                added += outcomes.filter { $0 == nil }.count
                outcome = outcomes.compactMap(\.self).first
            }
            // Some of the sign-ups that share a commit are refused slightly too early.
            while await failure(of: newAccount("u\(added)x"), addedTo: store) == nil { added += 1 }
            #expect(outcome == .noRoom && added > 1000)
            for epoch in 0..<500 {
                #expect(try await store.setPassword("$scrypt$\(epoch)", of: "u0", ifEpoch: Int64(epoch)))
            }
            _ = room.look()
            try await store.close()
            #expect(try await count("accounts", in: file) == added)
            #expect(mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT), "size=48m") == 0)
            let again = try Store(file: file, settings: .init(room: room))
            #expect(await failure(of: newAccount("late"), addedTo: again) == nil)
            try await again.close()
            #expect(reports.withLock { $0 } == [true, false])
        }
    }

    /// Runs the body with a filesystem in memory, which only root can mount.
    private func withSmallDisk(mebibytes: Int, _ body: (String) async throws -> Void) async throws {
        let directory = try TemporaryDirectory()
        guard mount("tmpfs", directory.path, "tmpfs", 0, "size=\(mebibytes)m") == 0 else {
            return print("skipped: a filesystem of a few MiB can only be mounted by root")
        }
        defer { umount2(directory.path, Int32(MNT_DETACH)) }
        try await body(directory.path)
    }
}

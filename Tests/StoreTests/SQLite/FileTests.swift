import Foundation
import GRDB
import Store
import TestKit
import Testing

/// Tests of files that change while a store is open, and of disks that cannot be written to.
@Suite("Files that change, and disks that cannot be written to", .timeLimit(.minutes(5))) struct FileTests {
    private let manager = FileManager.default

    @Test(
        "Reads and writes fail as missing after a file of the open database is removed",
        arguments: ["", "-wal", "-shm"])
    func removedWhileOpenIsMissing(suffix: String) async throws {
        try await withStore { store, path in
            try await store.add(newAccount("alice"))
            try manager.removeItem(atPath: path + suffix)
            try await expectMissing(store)
        }
    }

    @Test("Reads and writes fail as missing after the file of the open database is replaced")
    func replacedWhileOpenIsMissing() async throws {
        try await withStore { store, path in
            try await store.add(newAccount("alice"))
            let copy = path + ".copy"
            try manager.copyItem(atPath: path, toPath: copy)
            try manager.removeItem(atPath: path)
            try manager.moveItem(atPath: copy, toPath: path)
            try await expectMissing(store)
        }
    }

    @Test("A database whose directory is moved is missing until the directory is moved back")
    func movedDirectoryIsMissingUntilItIsBack() async throws {
        try await withDirectory { directory in
            let (here, there) = (directory + "/here", directory + "/there")
            try manager.createDirectory(atPath: here, withIntermediateDirectories: false)
            try SQLiteFile.create(at: here + "/clavero.db")
            let store = try Store(file: here + "/clavero.db")
            try manager.moveItem(atPath: here, toPath: there)
            try await expectMissing(store)
            try manager.moveItem(atPath: there, toPath: here)
            try await store.add(newAccount("alice"))
            #expect(try await store.account(named: "bob") == nil)
            try await store.close()
        }
    }

    @Test("Every waiting write fails as missing if the file is removed before the commit")
    func wholeBatchFailsWhenTheFileIsGone() async throws {
        try await withStore { store, path in
            let other = try stranger(to: path)
            try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN EXCLUSIVE") }
            let writes = (0..<5).map { number in
                Task { await failure(of: newAccount("user-\(number)"), addedTo: store) }
            }
            await untilWaiting(5, in: store)
            try manager.removeItem(atPath: path)
            try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
            // The first write checked the file before it was removed. The check after the commit makes it fail.
            for write in writes { #expect(await write.value == .missing) }
        }
    }

    /// Permission bits do not stop root from writing. For root the test uses a read-only mount instead.
    @Test(
        "Opening or creating a database in a read-only directory fails as read-only",
        .enabled(if: Mount.isAllowed || getuid() != 0, "as root this needs the right to mount"))
    func readOnlyIsNamedAlsoAsRoot() async throws {
        try await withStore { store, path in
            try await store.add(newAccount("alice"))
            try await store.close()
            let directory = (path as NSString).deletingLastPathComponent
            try await withoutWriting(to: directory) {
                expectFailure(.readOnly, opening: path)
                #expect(throws: OpenError(path: directory + "/new.db", cause: .readOnly)) {
                    try SQLiteFile.create(at: directory + "/new.db")
                }
            }
            let store = try Store(file: path)
            #expect(try await store.account(named: "alice") != nil)
            try await store.close()
        }
    }

    @Test(
        "A full disk loses no acknowledged write, and writes succeed again after it grows",
        .enabled(if: Mount.isAllowed, "needs the right to mount"))
    func fullDiskLosesNothingThatWasAcknowledgedAsRoot() async throws {
        try await withDirectory { directory in
            try Mount.small(at: directory)
            defer { Mount.remove(from: directory) }
            try SQLiteFile.create(at: directory + "/clavero.db")
            let store = try Store(file: directory + "/clavero.db")
            var added: [String] = []
            var failed: StoreError?
            while failed == nil, added.count < 10_000 {
                let account = newAccount("user-\(added.count)")
                failed = await failure(of: account, addedTo: store)
                if failed == nil { added.append(account.name) }
            }
            #expect(failed == .full)
            #expect(added.count > 10)
            await #expect(throws: StoreError.full) { try await store.examineWrites() }
            #expect(try await store.currentKeys(of: added, purpose: .signing).count == added.count)
            #expect(try await store.account(named: "user-\(added.count)") == nil)
            try Mount.grow(at: directory)
            try await store.examineWrites()
            #expect(await failure(of: newAccount("late"), addedTo: store) == nil)
            // The log may need more room in the database than the disk has.
            try? await store.close()
        }
    }

    private func expectMissing(
        _ store: Store, location: SourceLocation = #_sourceLocation
    ) async throws {
        #expect(await failure(of: newAccount("bob"), addedTo: store) == .missing, sourceLocation: location)
        await #expect(throws: StoreError.missing, sourceLocation: location) {
            try await store.account(named: "nobody")
        }
        await #expect(throws: StoreError.missing, sourceLocation: location) {
            _ = try await store.account(named: "alice")
        }
    }

    private func withoutWriting(to directory: String, _ body: () async throws -> Void) async throws {
        if getuid() == 0 {
            try Mount.readOnly(at: directory)
            defer { Mount.remove(from: directory) }
            try await body()
        } else {
            try manager.setAttributes([.posixPermissions: 0o500], ofItemAtPath: directory)
            defer { try? manager.setAttributes([.posixPermissions: 0o700], ofItemAtPath: directory) }
            try await body()
        }
    }
}

/// Mounts over a directory of a test. Only root may use them.
enum Mount {
    static let isAllowed: Bool = {
        let directory = NSTemporaryDirectory() + "/mount-\(UUID().uuidString)"
        guard getuid() == 0, mkdir(directory, 0o700) == 0 else { return false }
        defer { rmdir(directory) }
        guard (try? small(at: directory)) != nil else { return false }
        remove(from: directory)
        return true
    }()

    /// Mounts an empty disk of 512 KiB.
    static func small(at directory: String) throws {
        try check(mount("tmpfs", directory, "tmpfs", 0, "size=512k"))
    }

    /// Makes the disk four times as large.
    static func grow(at directory: String) throws {
        try check(mount("tmpfs", directory, "tmpfs", UInt(MS_REMOUNT), "size=2m"))
    }

    /// Mounts the present contents of the directory for reading only.
    static func readOnly(at directory: String) throws {
        let bind = UInt(MS_BIND)
        try check(mount(directory, directory, nil, bind, nil))
        try check(mount(nil, directory, nil, bind | UInt(MS_REMOUNT | MS_RDONLY), nil))
    }

    static func remove(from directory: String) {
        umount2(directory, Int32(MNT_DETACH))
    }

    private static func check(_ status: Int32) throws {
        guard status == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EPERM) }
    }
}

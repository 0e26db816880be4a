import Foundation
import TestKit
import Testing

@testable import Store

@Suite("Drafts of databases")
struct DraftTests {
    @Test("A draft that a killed process has left is removed, and one that is in use is not")
    func abandoned() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/new.db"
        let left = ["new.db.17.new", "new.db.17.new-wal", "new.db.17.new-shm", "new.db.before-restore-1.18.new"]
        let others = ["new.db.notes", "other.db.19.new", "new.db.x.new"]
        for name in left + others { try Data().write(to: URL(filePath: "\(directory.path)/\(name)")) }
        try SQLiteDraft.withDraft(of: path) { used in
            try SQLiteDraft.withDraft(of: path) { second in
                let names = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
                let used = [used, second].map { URL(filePath: $0).lastPathComponent }
                #expect(names == (others + used).sorted())
            }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() == others.sorted())
    }
}

import GRDB
import Testing

@testable import Store

/// Servers of two users that open a database at the same moment: one of them makes the log, and the other may not open it
/// until it has its mode.
@Suite("A log that another server is making") struct LogRaceTests {
    private let refusal = DatabaseError(resultCode: .SQLITE_CANTOPEN)

    @Test("An attempt that SQLite refuses to open a file for is repeated")
    func refused() throws {
        var count = 0
        let result = try SQLiteFile.repeating {
            count += 1
            guard count > 3 else { throw refusal }
            return count
        }
        #expect(result == 4)
    }

    @Test("A refusal that lasts is thrown in the end")
    func lasting() {
        var count = 0
        let error = #expect(throws: DatabaseError.self) {
            try SQLiteFile.repeating(3) {
                count += 1
                throw refusal
            }
        }
        #expect(error?.resultCode == .SQLITE_CANTOPEN)
        #expect(count == 3)
    }

    @Test("Any other error is thrown at once")
    func other() {
        var count = 0
        #expect(throws: StoreError.corrupt) {
            try SQLiteFile.repeating {
                count += 1
                throw StoreError.corrupt
            }
        }
        #expect(count == 1)
    }
}

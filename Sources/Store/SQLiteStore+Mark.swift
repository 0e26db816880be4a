import Foundation
import GRDB

/// The mark of a SQLite database, which is read anew only when the header of the log's index has changed.
extension SQLiteStore {
    package func askMark() async throws(StoreError) -> StoreMark? {
        guard hasIndex else { return nil }
        return try await markQuestion.answer(to: ()) { _ in await self.readMark() }
    }

    private func readMark() async -> Result<StoreMark, StoreError> {
        // Those who gathered while it was read may find nothing changed since.
        if let mark { return .success(mark) }
        let header = logHeader
        do throws(StoreError) {
            let mark = try await read { database in
                guard let row = try Row.fetchOne(database.cachedStatement(sql: SQL.read)) else {
                    throw StoreError.corrupt
                }
                return StoreMark(value: [UInt8](try row.value(0) as Data))
            }
            if let header { learn(mark, under: header) }
            return .success(mark)
        } catch {
            return .failure(error)
        }
    }

    /// As the last statement of a write that has changed accounts or keys.
    static func renewMark(in database: Database) throws {
        try database.cachedStatement(sql: SQL.renew).execute(arguments: [Data(StoreMark.newValue())])
        guard database.changesCount == 1 else { throw StoreError.corrupt }
    }

    /// Changes one account, and renews the mark if it did: whether it did.
    func changeAccount(_ sql: String, _ arguments: StatementArguments) async throws(StoreError) -> Bool {
        try await write { database in
            try database.cachedStatement(sql: sql).execute(arguments: arguments)
            guard database.changesCount == 1 else { return false }
            try Self.renewMark(in: database)
            return true
        }
    }
}

private enum SQL {
    static let read = "SELECT value FROM mark"
    static let renew = "UPDATE mark SET value = ?"
}

/// The mark of a SQLite database, which is read anew only if the header of the log's index has changed.
final class SQLiteMark: Sendable {
    /// The mark, with the header as it was before the mark was read.
    private let known = Locked<(header: LogIndex.Header, mark: StoreMark)?>(nil)
    private let question = SharedQuestion<Void, StoreMark>()

    /// Returns the mark, if nobody has committed anything since it was read.
    func mark(under header: LogIndex.Header?) -> StoreMark? {
        guard let header else { return nil }
        return known.withLock { known in known.flatMap { $0.header == header ? $0.mark : nil } }
    }

    /// Returns the mark, which `driver` reads for all who ask at the same time.
    func ask(_ driver: SQLiteDriver) async throws(StoreError) -> StoreMark {
        try await question.answer(to: ()) { _ in await self.read(driver) }
    }

    private func read(_ driver: SQLiteDriver) async -> Result<StoreMark, StoreError> {
        let header = driver.logHeader
        // The mark may have been read since this question was asked.
        if let mark = mark(under: header) { return .success(mark) }
        do throws(StoreError) {
            let mark = try await driver.read { database in try StoreMark(from: SQLiteConnection(database)) }
            if let header { known.withLock { $0 = (header, mark) } }
            return .success(mark)
        } catch {
            return .failure(error)
        }
    }
}

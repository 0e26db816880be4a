/// The mark of a SQLite database. It is read again only if the header of the log's index has changed.
extension SQLiteDriver {
    /// The mark that was read last; nil if somebody has committed since, or if the store is closed.
    package var mark: StoreMark? { state.withLock { knownMark($0, under: logHeader($0)) } }

    package func askMark() async throws(StoreError) -> StoreMark? {
        guard index != nil else { return nil }
        return try await markQuestion.answer(to: ()) { _ in await self.readMark() }
    }

    private func readMark() async -> Result<StoreMark, StoreError> {
        let (header, mark) = state.withLock { state in
            let header = logHeader(state)
            return (header, knownMark(state, under: header))
        }
        // The mark may have been read since this question was asked.
        if let mark { return .success(mark) }
        do throws(StoreError) {
            let mark = try await read { database in try StoreMark(from: SQLiteConnection(database)) }
            if let header { state.withLock { $0.known = (header, mark) } }
            return .success(mark)
        } catch {
            return .failure(error)
        }
    }

    /// Returns the header of the log's index; nil if the store is closed or its files are not in their place. The lock
    /// is held, so the index cannot be unmapped meanwhile.
    private func logHeader(_ state: State) -> LogIndex.Header? {
        guard !state.isClosed, let index, watch.isInPlace(files) else { return nil }
        return index.header
    }

    private func knownMark(_ state: State, under header: LogIndex.Header?) -> StoreMark? {
        guard let header, let known = state.known, known.header == header else { return nil }
        return known.mark
    }
}

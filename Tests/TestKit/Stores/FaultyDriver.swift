import Store
import Synchronization

/// A driver that passes everything on to another driver, except for the faults that a test sets. It also records the
/// reads of accounts and keys.
package final class FaultyDriver: StoreDriver {
    package typealias Step = @Sendable () async -> Void

    /// The methods of a store that a test can make faulty, by their names in Swift.
    package enum Method: String, Sendable {
        case add = "add(_:)"
        case find = "find(accounts:keysOf:)"
        case isAccountKey = "isAccountKey(_:)"
        case setPassword = "setPassword(_:of:ifEpoch:)"
        case rehash = "rehash(_:of:replacing:)"
        case setRecoveryCodes = "setRecoveryCodes(_:of:ifEpoch:created:)"
        case raiseEpoch = "raiseEpoch(of:ifEpoch:)"
        case addKeys = "addKeys(_:to:ifNewest:bounds:make:)"
        case recordUses = "recordUses(_:at:)"
        case clearLogInFailures = "clearLogInFailures(of:from:)"

        /// Whether the method reads accounts or keys.
        fileprivate var isRead: Bool { self == .find || self == .isAccountKey }
    }

    package enum Fault: Sendable {
        /// The method fails at its first statement about the table. If the table is nil, it fails before any
        /// statement.
        case error(StoreError, table: String? = nil)
        /// The method changes nothing, as if another change had always come first.
        case late
    }

    private struct State {
        var faults: [Method: Fault] = [:]
        var reads: [String] = []
        var isIdle = true
        var beforeRead: Step?
        var afterRead: Step?
        var beforeMethod: (method: Method, step: Step)?
        var examination: Result<StoreExamination, StoreError> = .success(StoreExamination(rootKeyID: nil))
        var waitsBeforeExamination: Step = {}
        var examineWrites: @Sendable () async throws(StoreError) -> Void = { () throws(StoreError) in }
        var examinedWrites = 0
    }

    private let inner: any StoreDriver
    private let tellsMark: Bool
    private let isExamined: Bool
    private let state = Mutex(State())

    /// Wraps a driver.
    ///
    /// - Parameters:
    ///   - tellsMark: Whether the driver reports the mark, by which a change of the database is noticed.
    ///   - isExamined: Whether the test answers examinations.
    package init(_ inner: any StoreDriver, tellsMark: Bool = true, isExamined: Bool = false) {
        (self.inner, self.tellsMark, self.isExamined) = (inner, tellsMark, isExamined)
    }

    // MARK: - For tests

    /// Makes a method faulty, until ``work()`` is called.
    package func fail(_ method: Method, _ fault: Fault) { state.withLock { $0.faults[method] = fault } }

    /// Ends all faults.
    package func work() { state.withLock { $0.faults = [:] } }

    /// Returns the reads since the last call, one line for each: `accounts alice`, `keys alice,bob`, `accounts alice,
    /// keys bob`, `whose key`.
    package func takeReads() -> [String] {
        state.withLock { state in
            defer { (state.reads, state.isIdle) = ([], true) }
            return state.reads
        }
    }

    /// Whether no read of accounts or keys has begun since ``takeReads()`` was called.
    package var isIdle: Bool { state.withLock { $0.isIdle } }

    /// Runs the step once, after the next read of accounts or keys is requested and before it begins.
    package func beforeNextRead(_ step: @escaping Step) { state.withLock { $0.beforeRead = step } }

    /// Runs the step once, after the next read of accounts or keys is finished and before it returns.
    package func afterNextRead(_ step: @escaping Step) { state.withLock { $0.afterRead = step } }

    /// Runs the step once, before the method's next write.
    package func beforeNext(_ method: Method, _ step: @escaping Step) {
        state.withLock { $0.beforeMethod = (method, step) }
    }

    /// The result of examinations.
    package var examination: Result<StoreExamination, StoreError> {
        get { state.withLock { $0.examination } }
        set { state.withLock { $0.examination = newValue } }
    }

    package var waitsBeforeExamination: Step {
        get { state.withLock { $0.waitsBeforeExamination } }
        set { state.withLock { $0.waitsBeforeExamination = newValue } }
    }

    /// The work that an examination of writes does.
    package var examinesWrites: @Sendable () async throws(StoreError) -> Void {
        get { state.withLock { $0.examineWrites } }
        set { state.withLock { $0.examineWrites = newValue } }
    }

    /// The number of examinations of writes.
    package var examinedWrites: Int { state.withLock { $0.examinedWrites } }

    // MARK: - The driver

    package func read<Value: Sendable>(
        _ name: StaticString, _ work: @escaping @Sendable (any StoreConnection) throws -> Value
    ) async throws(StoreError) -> Value {
        let method = Method(rawValue: "\(name)")
        let fault = try fault(of: method)
        guard let method, method.isRead else { return try await inner.read(name, work) }
        let (before, after) = state.withLock { state in
            defer { (state.beforeRead, state.afterRead) = (nil, nil) }
            state.isIdle = false
            return (state.beforeRead, state.afterRead)
        }
        await before?()
        let (value, line) = try await inner.read(name) { connection in
            let connection = FaultyConnection(connection, fault)
            return (try work(connection), connection.line)
        }
        state.withLock { $0.reads.append(line) }
        await after?()
        return value
    }

    package func write<Value: Sendable>(
        _ name: StaticString, for writer: StoreWriter,
        _ work: @escaping @Sendable (any StoreConnection) throws -> Value
    ) async throws(StoreError) -> Value {
        let method = Method(rawValue: "\(name)")
        let fault = try fault(of: method)
        let before = state.withLock { state -> Step? in
            guard let next = state.beforeMethod, next.method == method else { return nil }
            state.beforeMethod = nil
            return next.step
        }
        await before?()
        return try await inner.write(name, for: writer) { connection in try work(FaultyConnection(connection, fault)) }
    }

    /// Returns the fault of a method.
    ///
    /// - Throws: The error of a method that fails before any statement.
    private func fault(of method: Method?) throws(StoreError) -> Fault? {
        let fault = method.flatMap { method in state.withLock { $0.faults[method] } }
        if case .error(let error, table: nil) = fault { throw error }
        return fault
    }

    package var mark: StoreMark? { tellsMark ? inner.mark : nil }

    package func askMark() async throws(StoreError) -> StoreMark? { tellsMark ? try await inner.askMark() : nil }

    package func eraseDeleted() async -> Forgetting { await inner.eraseDeleted() }

    package func examine() async throws(StoreError) -> StoreExamination {
        guard isExamined else { return try await inner.examine() }
        await waitsBeforeExamination()
        return try examination.get()
    }

    package func examineWrites() async throws(StoreError) {
        guard isExamined else { return try await inner.examineWrites() }
        state.withLock { $0.examinedWrites += 1 }
        try await examinesWrites()
    }

    package var waitingWrites: Int { inner.waitingWrites }

    package var logSize: Int64? { inner.logSize }

    package var isLogTooLong: Bool { inner.isLogTooLong }

    package func close() async throws(StoreError) { try await inner.close() }
}

/// A connection that fails at statements about a table, or changes nothing. It records the names that are read.
private final class FaultyConnection: StoreConnection {
    private let inner: any StoreConnection
    private let fault: FaultyDriver.Fault?
    private var parts: [(kind: String, names: [String])] = []

    init(_ inner: any StoreConnection, _ fault: FaultyDriver.Fault?) {
        (self.inner, self.fault) = (inner, fault)
    }

    /// The reads of this connection, in words.
    var line: String {
        parts.map { $0.names.isEmpty ? $0.kind : "\($0.kind) \($0.names.joined(separator: ","))" }
            .joined(separator: ", ")
    }

    func run(_ text: SQLText, _ arguments: [SQLValue], _ body: (any StoreRow) throws -> Void) throws {
        if case .error(let error, table: let table?) = fault, text.sqlite.contains("FROM \(table)") { throw error }
        note(text.sqlite, arguments)
        try inner.run(text, arguments, body)
    }

    func change(_ text: SQLText, _ arguments: [SQLValue]) throws -> Int {
        if case .late = fault { return 0 }
        return try inner.change(text, arguments)
    }

    private func note(_ text: String, _ arguments: [SQLValue]) {
        guard !text.contains("WHERE public =") else { return parts.append(("whose key", [])) }
        let kind = text.contains("account_keys") ? "keys" : "accounts"
        let names = arguments.compactMap { argument -> String? in
            if case .text(let name) = argument { name } else { nil }
        }
        // The last name is repeated to fill the list of parameters, so repetitions are dropped.
        let once = names.enumerated().filter { index, name in index == 0 || names[index - 1] != name }.map(\.element)
        if parts.last?.kind == kind { parts[parts.count - 1].names += once } else { parts.append((kind, once)) }
    }
}

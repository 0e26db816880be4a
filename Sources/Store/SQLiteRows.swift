import Foundation
import GRDB

// A value of a type that the schema does not allow is damage: it is thrown, where GRDB's own accessors would trap.

extension Account {
    /// Reads id, name, password, epoch, created and state.
    init(_ row: Row) throws(StoreError) {
        let password: String = try row.value(2)
        guard let state = AccountState(rawValue: try row.value(5)) else { throw .corrupt }
        self.init(
            id: try row.value(0), name: try row.value(1), password: password.isEmpty ? nil : password,
            epoch: try row.value(3), created: try row.value(4), state: state)
    }
}

extension LoginKey {
    /// Reads public, comment and created.
    init(_ row: Row) throws(StoreError) {
        guard let publicKey = try row.bytes(0) else { throw .corrupt }
        self.init(publicKey: publicKey, comment: try row.value(1), created: try row.value(2))
    }
}

extension LogInFailures {
    /// Reads failures and last.
    init(_ row: Row) throws(StoreError) {
        self.init(count: try row.value(0), time: try row.value(1))
    }
}

extension AccountKey {
    /// Reads version, root_id, wrapped, public and created, the first at `index`; nil when the version is NULL, as it
    /// is in an outer join that found no key.
    init?(_ row: Row, of account: String, purpose: KeyPurpose, from index: Int = 0) throws(StoreError) {
        guard !row.hasNull(atIndex: index) else { return nil }
        guard let wrapped = try row.bytes(index + 2) else { throw .corrupt }
        self.init(
            account: account, purpose: purpose, version: try row.value(index), rootID: try row.value(index + 1),
            wrapped: wrapped, publicKey: try row.bytes(index + 3), created: try row.value(index + 4))
    }
}

extension Row {
    /// What stands in a column that cannot be NULL.
    func value<Value: DatabaseValueConvertible>(_ index: Int) throws(StoreError) -> Value {
        let stored: DatabaseValue = self[index]
        // GRDB would take octets for a text.
        if Value.self == String.self, case .blob = stored.storage { throw .corrupt }
        guard let value = Value.fromDatabaseValue(stored) else { throw .corrupt }
        return value
    }

    /// Nil for NULL.
    fileprivate func bytes(_ index: Int) throws(StoreError) -> [UInt8]? {
        let stored: DatabaseValue = self[index]
        switch stored.storage {
        case .blob(let data): return [UInt8](data)
        case .null: return nil
        case .int64, .double, .string: throw .corrupt
        }
    }
}

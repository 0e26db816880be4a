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
    /// Reads the account's name, purpose, version, root_id, wrapped, public and created.
    init(_ row: Row) throws(StoreError) {
        guard let purpose = KeyPurpose(rawValue: try row.value(1)), let wrapped = try row.bytes(4) else {
            throw .corrupt
        }
        self.init(
            account: try row.value(0), purpose: purpose, version: try row.value(2), rootID: try row.value(3),
            wrapped: wrapped, publicKey: try row.bytes(5), created: try row.value(6))
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

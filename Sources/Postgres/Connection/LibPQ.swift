import CPostgres
import Store

/// The functions of libpq. Only code that has a `PostgresAddress` may call them: by then they are loaded.
let libpq: LibPQ = try! LibPQ.loaded.get()

/// libpq is not linked but loaded by the first address, so that a process without a PostgreSQL database contains nothing
/// of what comes with it: Kerberos, LDAP, GnuTLS.
extension LibPQ {
    /// The functions, which are loaded once for the process.
    fileprivate static let loaded: Result<LibPQ, StoreError> = {
        withUnsafeTemporaryAllocation(of: LibPQ.self, capacity: 1) { functions in
            var reason: UnsafePointer<CChar>?
            guard libpq_load(functions.baseAddress!, &reason) else {
                return .failure(.notInstalled("libpq, Debian's package libpq5: \(String(oneLineOf: reason))"))
            }
            return .success(functions[0])
        }
    }()

    /// - Throws: `.notInstalled`.
    static func load() throws(StoreError) { _ = try loaded.get() }
}

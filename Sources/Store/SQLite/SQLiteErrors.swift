import GRDB
import Glibc

extension StoreError {
    /// Translates what GRDB or this module threw. SQLite's messages name tables and columns, never their values.
    init(_ error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case let error as DatabaseError: self = .init(error)
        default: self = .failed("unexpected \(type(of: error))")
        }
    }

    private init(_ error: DatabaseError) {
        switch error.extendedResultCode {
        // The shared index is the only file whose size SQLite sets in advance. That fails if the disk is full.
        case .SQLITE_IOERR_SHMSIZE: self = .full
        case .SQLITE_IOERR_VNODE, .SQLITE_READONLY_DBMOVED: self = .missing
        case .SQLITE_IOERR_CORRUPTFS: self = .corrupt
        default: self = .init(primary: error)
        }
    }

    private init(primary error: DatabaseError) {
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy
        case .SQLITE_READONLY: self = .readOnly
        case .SQLITE_FULL: self = .full
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT: self = .corrupt
        default: self = .failed("SQLite error \(error.extendedResultCode.rawValue): \(error.message ?? "unknown")")
        }
    }

    /// Translates the error of a system call.
    init(errno code: Int32) {
        switch code {
        case ENOENT, ENOTDIR: self = .missing
        case EEXIST: self = .exists
        case EROFS: self = .readOnly
        case ENOSPC, EDQUOT: self = .full
        default: self = .failed(String(cString: strerror(code)))
        }
    }
}

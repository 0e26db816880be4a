import Glibc
import POSIX

/// The reason why a log cannot be opened, written, or read. The description is one line that begins with the path.
package struct AuditError: Error, Equatable, CustomStringConvertible {
    package enum Cause: Equatable, Sendable {
        /// Another process, or another log of this process, has the file open.
        case inUse
        /// The last complete line is not a line of an audit log.
        case foreign
        /// The head is not a checkpoint, or its signature is not valid.
        case badHead
        /// The log belongs to another server or site than the server `expected`.
        case otherLog(server: String, expected: String)
        /// The head and the file are of different logs.
        case otherHead
        /// A checkpoint is signed with another key.
        case otherKey
        /// The file lacks the checkpoint with this number, which the head holds.
        case cutOff(seq: UInt64)
        /// The path no longer names the open file, or the file is shorter than what was written.
        case vanished
        /// The file for a new beginning is not empty.
        case notEmpty
        /// The disk or the quota is full, in the system's words.
        case noRoom(String)
        /// Another error, in the system's words.
        case failed(String)
    }

    package let path: String
    package let cause: Cause

    package init(path: String, cause: Cause) {
        (self.path, self.cause) = (path, cause)
    }

    /// Makes an error from `errno`.
    init(errnoAt path: String) {
        let isForRoom = errno == ENOSPC || errno == EDQUOT
        let reason = SystemError.text()
        self.init(path: path, cause: isForRoom ? .noRoom(reason) : .failed(reason))
    }

    var isForRoom: Bool {
        if case .noRoom = cause { true } else { false }
    }

    package var description: String { "\(path): \(cause)" }
}

extension AuditError.Cause: CustomStringConvertible {
    package var description: String {
        switch self {
        case .inUse: "in use by another process; give each server an audit log of its own"
        case .foreign: "its last line is not a line of an audit log; move the file away to begin a new one"
        case .badHead: "not a checkpoint signed with this key; move it and the log away to begin a new one"
        case .otherLog(let server, let expected):
            "the log of the server \(server), not of \(expected); put the right log back, or move it and its .head away to "
                + "begin a new one"
        case .otherHead:
            "not a checkpoint of the log beside it; put the right one back, or move both away to begin a new one"
        case .otherKey:
            "signed with another key than audit.key, so it may be another site's log; put the right log back, or "
                + "move it and its .head away to begin a new one"
        case .cutOff(let seq):
            "checkpoint \(seq), which its .head contains, is missing; move both away to begin a new one"
        case .vanished: "moved, removed, replaced or cut off while in use"
        case .notEmpty: "not empty, so the log cannot continue in it"
        case .noRoom(let reason), .failed(let reason): reason
        }
    }
}

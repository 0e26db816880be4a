/// The cause for which a store could not do what it was asked. The description is one line that names no value of any
/// request.
package enum StoreError: Error, Equatable, CustomStringConvertible {
    /// The name is taken, or the file to be created exists.
    case exists
    /// The key to log in with is a signing key of some account.
    case accountKey
    /// There is no such invitation, or it was used or has expired.
    case notInvited
    /// The keys to be added are not wrapped under the site's root key: it was changed meanwhile.
    case rootChanged
    /// Somebody else held the database for longer than the busy timeout, or too many writes wait. This passes.
    case busy
    /// The database, or its directory, cannot be written to.
    case readOnly
    /// The disk is full.
    case full
    /// The room that is left on the disk is kept for users: nothing is added for strangers.
    case noRoom
    /// The write-ahead log is longer than its bound, since somebody who reads keeps it from being emptied: nothing is
    /// added for strangers.
    case logTooLong
    /// The network, or all networks together, made as many accounts within the last hour as are allowed.
    case tooManySignUps(everywhere: Bool)
    /// There is no such file, or it was moved, removed or replaced while open.
    case missing
    /// The file is not a database of ours, or it is damaged.
    case corrupt
    /// A newer release has written the database.
    case schemaTooNew
    /// A copy into the database is not finished.
    case unfinished
    /// The store was used after it was closed.
    case closed
    /// The server of the database cannot be reached, or does not answer, for this reason.
    case unreachable(String)
    /// The connection to the database was lost during a commit, and nobody could be asked whether it was made.
    case outcomeUnknown
    /// A library that is needed for the database cannot be loaded. The text names it and says what the system says.
    case notInstalled(String)
    /// Something else failed, for this reason of the database or the system.
    case failed(String)

    package var description: String {
        switch self {
        case .exists: "already exists"
        case .accountKey: "the key is an account's signing key"
        case .notInvited: "no such invitation"
        case .rootChanged: "the root key was changed meanwhile"
        case .busy: "busy, try again later"
        case .readOnly: "not writable"
        case .full: "disk is full"
        case .noRoom: "disk is almost full"
        case .logTooLong: "the write-ahead log cannot be emptied, because another program reads the database"
        case .tooManySignUps(let everywhere): "too many sign-ups \(everywhere ? "everywhere" : "from one network")"
        case .missing: "no such file, or it was moved or replaced while in use"
        case .corrupt: "not a Clavero database, or it is damaged"
        case .schemaTooNew: "written by a newer release of Clavero"
        case .unfinished: "a migration into it is not finished; run claverod migrate again"
        case .closed: "closed"
        case .unreachable(let reason): reason
        case .outcomeUnknown: "the connection was lost during a commit; the change may or may not have been made"
        case .notInstalled(let library): "the client library for this database is missing: \(library)"
        case .failed(let reason): reason
        }
    }
}

/// The cause for which a database could not be opened or created. The description is one line that begins with the path
/// as it was given, for a person at start-up.
package struct OpenError: Error, Equatable, CustomStringConvertible {
    package let path: String
    package let cause: StoreError

    package init(path: String, cause: StoreError) {
        (self.path, self.cause) = (path, cause)
    }

    package var description: String { "\(path): \(cause)" }
}

import Seal
import Store
import Wire

/// The refusals of the commands. Each cause has its own text.
extension Failure {
    package static let logInFirst = Failure(530, "5.7.0", "Log in first")
    package static let logInEnded = Failure(530, "5.7.1", "The log-in has ended; log in again")
    package static let wrongLogIn = Failure(535, "5.7.8", "Wrong name or password")
    package static let throttled = Failure(
        450, "4.7.0", "Too many wrong log-ins from your network; try again later")
    package static let throttledNetwork = Failure(
        450, "4.7.0", "Too many wrong log-ins from your network to many accounts; try later")
    package static let tooManyKeyLogIns = Failure(
        450, "4.7.0", "Too many log-ins by key in a short time; try again later")
    package static let accountDisabled = Failure(550, "5.7.13", "The account is disabled; ask the operator")
    package static let wrongPassword = Failure(535, "5.7.8", "Wrong password")
    package static let wrongCode = Failure(
        535, "5.7.8", "Wrong name or code, or the code was used or has expired; ask for a new code")
    package static let weakPassword = Failure(
        550, "5.7.0", "A password has 8 to 1024 bytes of UTF-8, and no control characters")
    package static let changedMeanwhile = Failure(451, "4.7.0", "The account was changed at the same time; try again")
    package static let nameTaken = Failure(550, "5.7.1", "The name is taken")
    package static let signUpClosed = Failure(550, "5.7.1", "Sign-up is closed; ask the operator")
    package static let invitationNeeded = Failure(550, "5.7.1", "Sign-up needs an invitation: SIGNUP INVITE=code name")
    package static let badInvitation = Failure(550, "5.7.1", "The invitation is invalid, was used or has expired")
    package static let notAKey = Failure(501, "5.5.4", "Send one public key on one line, as ssh-keygen writes it")
    package static let otherKeyType = Failure(501, "5.5.4", "Only keys of the type ssh-ed25519 are accepted")
    package static let keyOptions = Failure(501, "5.5.4", "Options are not accepted; begin with ssh-ed25519")
    package static let siteKey = Failure(550, "5.7.1", "The key belongs to this site; use your own key")
    package static let signUpsOfNetwork = Failure(
        450, "4.7.1", "Too many new accounts from your network; try again in an hour")
    package static let signUpsEverywhere = Failure(
        450, "4.3.2", "Too many new accounts on this site; try again in an hour")
    package static let noRoom = Failure(
        452, "4.3.1", "The disk is almost full; new accounts are refused until it has space")
    package static let logTooLong = Failure(
        452, "4.3.1", "The database's log is too long for new accounts; try again later")
    package static let keyKnown = Failure(550, "5.7.1", "The account already has this key")
    package static let tooManyKeys = Failure(550, "5.3.4", "An account has at most 16 keys")
    package static let noSuchKey = Failure(550, "5.7.1", "The account has no such key; LISTKEYS shows them")
    package static let notAChallenge = Failure(
        535, "5.7.8", "This session has no such challenge; ask for one with CHALLENGE")
    package static let challengeOver = Failure(
        535, "5.7.8", "The challenge was used or has expired; ask for another one")
    package static let notASSHSignature = Failure(
        501, "5.6.0", "This is not an Ed25519 signature that ssh-keygen -Y sign wrote")
    package static let wrongSignature = Failure(535, "5.7.8", "The signature is not from a key of the account")
    package static let onlyEverywhere = Failure(501, "5.5.4", "LOGOUT takes no argument except EVERYWHERE")
    package static let badNumber = Failure(501, "5.5.4", "DAYS must be a number from 1 to 365")
    package static let badDelay = Failure(501, "5.5.4", "AFTER must be a number of days from 1 to 365")
    package static let badHours = Failure(501, "5.5.4", "HOURS must be a number from 1 to 720")
    package static let onlyDrop = Failure(501, "5.5.4", "KEYS takes no value except DROP")
    package static let enableFirst = Failure(550, "5.7.13", "The account is disabled; ENABLE it first")
    package static let notAnAddress = Failure(501, "5.5.4", "NETWORK must be an IPv4 or IPv6 address, or local")
    package static let otherName = Failure(501, "5.5.4", "The second name is different; nothing was erased")
    package static let noSuchAccount = Failure(550, "5.1.1", "No such account")
    package static let unknownRecipient = Failure(550, "5.1.1", "One of the recipients has no account")
    package static let notSealed = Failure(501, "5.6.0", "This is not a sealed message")
    package static let notARecipient = Failure(550, "5.7.1", "The message is not sealed to you")
    package static let damaged = Failure(550, "5.7.7", "The message was damaged, or not sealed here")
    package static let badContext = Failure(
        501, "5.5.4", "CONTEXT has 1 to 255 bytes of UTF-8, and no control characters")
    package static let contextNeeded = Failure(
        550, "5.7.1", "The message was sealed with a context; give it by CONTEXT=context")
    package static let contextUnneeded = Failure(
        550, "5.7.1", "The message was sealed without a context; leave CONTEXT out")
    package static let otherContext = Failure(
        550, "5.7.7", "The message was damaged, or sealed with another context")
    package static let notASignature = Failure(501, "5.5.4", "This is not a signature")
    package static let nobodySigned = Failure(550, "5.7.7", "The signature does not match the message")
    package static let notAToken = Failure(535, "5.7.8", "This is not a token of this site")
    package static let tokenExpired = Failure(535, "5.7.8", "The token has expired")
    package static let tokenEnded = Failure(535, "5.7.8", "The account has ended this token")

    // Any command may give the refusals below, which do not depend on the command.
    package static let hasherFull = Failure(450, "4.3.2", "Too many passwords to check at once; try again")
    package static let hasherShareTaken = Failure(
        450, "4.3.2", "Too many passwords from your network to check at once; try again")
    package static let storeBusy = Failure(451, "4.3.0", "The database is busy; try again")
    package static let storeFull = Failure(452, "4.3.1", "The disk is full; nothing was changed")
    package static let storeReadOnly = Failure(451, "4.3.5", "The database cannot be written; nothing was changed")
    package static let storeGone = Failure(451, "4.3.5", "The database file is gone; nothing was changed")
    package static let storeUnreachable = Failure(451, "4.4.1", "The database cannot be reached; try again")
    package static let storeOutcome = Failure(
        451, "4.4.2", "The database connection was lost; check whether the change was made")
    package static let storeDamaged = Failure(451, "4.3.5", "The database is damaged; ask the operator")
    package static let rootKeyMismatch = Failure(451, "4.3.5", "The key cannot be unwrapped; ask the operator")
    package static let auditFails = Failure(
        451, "4.3.5", "The audit log cannot be written, so commands are refused; ask the operator")
    package static let notAnAnswer = Failure(
        451, "4.3.0", "The plugin for this command did not answer; ask the operator")
    package static let notAService = Failure(550, "5.7.1", "This plugin may not run the command")

    /// Converts any error to the refusal that the client gets. All conversions happen here.
    init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as StoreError: self.init(store: error)
        case SealError.damaged, SealError.malformed, SealError.unknownRootKey: self = .rootKeyMismatch
        default: self = .internalError
        }
    }

    private init(store error: StoreError) {
        switch error {
        case .busy: self = .storeBusy
        case .full: self = .storeFull
        case .readOnly: self = .storeReadOnly
        case .missing: self = .storeGone
        case .corrupt: self = .storeDamaged
        case .unreachable: self = .storeUnreachable
        case .outcomeUnknown: self = .storeOutcome
        case .rootChanged: self = .rootKeyMismatch
        case .noRoom: self = .noRoom
        case .logTooLong: self = .logTooLong
        case .exists, .notInvited, .accountKey, .tooManySignUps, .schemaTooNew, .unfinished, .closed, .notInstalled,
            .failed:
            self = .internalError
        }
    }

    /// The refusals that any command may give. A command declares all others.
    package static let common: Set<Failure> = [
        .logInFirst, .logInEnded, .badName, .tooManyNames, .serverBusy, .hasherFull, .hasherShareTaken, .storeBusy,
        .storeFull, .storeReadOnly, .storeGone, .storeUnreachable, .storeOutcome, .storeDamaged, .rootKeyMismatch,
        .internalError, .auditFails, .notAnAnswer,
    ]
}

import Seal
import Store
import TestKit
import Testing
import Wire

@testable import Commands

/// These tests guard against a fault like Vault #10842, where permanent errors were reported as temporary, so that
/// clients retried for ever.
@Suite("Reply codes")
struct ErrorTests {
    private struct Cause {
        let error: any Error
        let line: String
        /// The reason why the same request may or may not succeed later.
        let reason: String
    }

    /// The client causes none of these errors. So they are all temporary for the client, even if the operator must
    /// act first.
    private static let causes: [Cause] = [
        Cause(error: StoreError.busy, line: "451 4.3.0", reason: "another holds the database for a moment"),
        Cause(error: StoreError.full, line: "452 4.3.1", reason: "the operator makes room"),
        Cause(error: StoreError.readOnly, line: "451 4.3.5", reason: "the operator corrects a mode or a mount"),
        Cause(error: StoreError.missing, line: "451 4.3.5", reason: "the operator puts the file back"),
        Cause(error: StoreError.corrupt, line: "451 4.3.5", reason: "the operator restores a backup"),
        Cause(error: StoreError.unreachable("x;"), line: "451 4.4.1", reason: "the database's server starts"),
        Cause(error: StoreError.outcomeUnknown, line: "451 4.4.2", reason: "the client looks whether it was done"),
        Cause(error: StoreError.rootChanged, line: "451 4.3.5", reason: "the operator gives this server the new key"),
        Cause(error: StoreError.schemaTooNew, line: "451 4.3.0", reason: "the operator updates this server"),
        Cause(error: StoreError.unfinished, line: "451 4.3.0", reason: "the operator finishes the migration"),
        Cause(error: StoreError.closed, line: "451 4.3.0", reason: "the server is stopping, another starts"),
        Cause(error: StoreError.notInstalled("x"), line: "451 4.3.0", reason: "the operator installs it"),
        Cause(error: StoreError.failed("x"), line: "451 4.3.0", reason: "an I/O error may pass"),
        Cause(error: StoreError.exists, line: "451 4.3.0", reason: "a fault of the server: each command knows its own"),
        Cause(error: StoreError.notInvited, line: "451 4.3.0", reason: "a fault of the server, like .exists"),
        Cause(error: SealError.damaged, line: "451 4.3.5", reason: "the operator restores the row or the root key"),
        Cause(error: SealError.malformed, line: "451 4.3.5", reason: "the operator restores the row"),
        Cause(error: SealError.unknownRootKey, line: "451 4.3.5", reason: "the operator adds the root key to the file"),
        Cause(error: SealError.engine("x"), line: "451 4.3.0", reason: "memory ran out"),
        Cause(error: SealError.excessiveCost, line: "451 4.3.0", reason: "the operator looks at the row"),
        Cause(error: SealError.notARecipient, line: "451 4.3.0", reason: "a fault of the server: DECRYPT has its own"),
        Cause(error: CancellationError(), line: "451 4.3.0", reason: "the server is stopping"),
    ]

    @Test("An unexpected error is temporary, and its refusal depends on its cause")
    func errors() {
        for cause in Self.causes {
            let failure = Failure(cause.error)
            #expect("\(failure.code) \(failure.enhanced)" == cause.line, "\(cause.error): \(cause.reason)")
            #expect(Failure.common.contains(failure))
            // The client must not see the words of the error itself.
            #expect(!failure.text.contains("x;") && failure.text != "\(cause.error)")
        }
    }

    /// The refusals after which the client's same request may succeed later, although the client does nothing else.
    private static let temporary: [(Failure, reason: String)] = [
        (.throttled, "time passes, or the operator unlocks"),
        (.throttledNetwork, "time passes, or the operator unlocks"), (.tooManyKeyLogIns, "time passes"),
        (.hasherShareTaken, "passwords before it are checked"), (.changedMeanwhile, "the other change is over"),
        (.hasherFull, "passwords before it are checked"), (.storeBusy, "the lock is let go"),
        (.storeFull, "the operator makes room"), (.storeReadOnly, "the operator corrects it"),
        (.storeGone, "the operator puts it back"), (.storeUnreachable, "its server starts"),
        (.storeOutcome, "its server is back, and the client has looked"), (.storeDamaged, "the operator restores it"),
        (.rootKeyMismatch, "the operator gives the key"), (.auditFails, "the operator makes room for the log"),
        (.internalError, "the operator reads the log"), (.notAnAnswer, "the operator corrects the plugin"),
        (.serverBusy, "others end"), (.serverDown, "it starts"),
        (.serverLost, "it is reached again"), (.serverLostInMessage, "it is reached again"),
        (.notAnnounced, "it announces its commands"),
        (.signUpsOfNetwork, "time passes"), (.signUpsEverywhere, "time passes"),
        (.noRoom, "the operator makes room"), (.logTooLong, "the program that reads the database ends"),
        (.idle, "a new session"), (.tooSlow, "a new session"), (.noAnswer, "a new session"),
        (.stopping, "a new session"), (.tooManySessions, "others of that address end"),
        (.memoryFull, "others' messages are answered"), (.badReply, "the operator corrects the server"),
    ]

    @Test("Every refusal is permanent, except those that time or the operator can end")
    func refusals() throws {
        let temporary = Set(Self.temporary.map(\.0))
        for failure in try Refusals.all() + Refusals.ofTheOperator() {
            #expect((failure.code < 500) == temporary.contains(failure), "\(failure.code) \(failure.text)")
        }
        #expect(try temporary.isSubset(of: Refusals.all()))
    }

    /// The test guards against a fault like Vault #13111.
    @Test("One bad request in a pipeline fails alone")
    func pipeline() async throws {
        let bench = try Bench()
        let session = try await bench.session()
        let dialogue = [
            ("SIGNUP alice \"correct horse\"", "250 2.0.0 alice signed up, key 1"),
            ("SIGN hello", "530 5.7.0 Log in first"), ("LOGIN alice \"correct horse\"", "235 2.7.0 Logged in as alice"),
            ("ENCRYPT TO=alice,nobody hello", "550 5.1.1 One of the recipients has no account"),
            ("WHOAMI", "250 2.0.0 alice"), ("DECRYPT junk", "501 5.6.0 This is not a sealed message"),
            ("WHOAMI", "250 2.0.0 alice"), ("NOSUCH", "500 5.5.1 Unknown command; HELP lists them"),
            ("VERIFY TOKEN=x", "535 5.7.8 This is not a token of this site"), ("WHOAMI", "250 2.0.0 alice"),
            ("WHOAMI x", "501 5.5.4 Usage: WHOAMI"),
            ("LOGIN alice \"wrong horse\"", "535 5.7.8 Wrong name or password"),
            ("WHOAMI", "250 2.0.0 alice"), ("ENCRYPT TO=\u{1} x", "501 5.1.3 \(Failure.badName.text)"),
            ("PUBKEY nobody", "550 5.1.1 No such account"), ("WHOAMI", "250 2.0.0 alice"),
        ]
        try await session.send(dialogue.map(\.0).joined(separator: "\r\n"))
        var replies: [String] = []
        for _ in dialogue { replies.append(try await session.reply().joined(separator: "/")) }
        #expect(replies == dialogue.map(\.1))
        #expect(bench.reports == [])
    }
}

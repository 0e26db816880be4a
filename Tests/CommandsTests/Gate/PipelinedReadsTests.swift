import Store
import TestKit
import Testing
import Wire

@testable import Commands

@Suite("Reads of pipelined requests of one session", .timeLimit(.minutes(5)))
struct PipelinedReadsTests {
    /// Makes a bench with a counting driver and accounts of these names. Returns it with a session of the first
    /// account.
    private static func session(
        _ names: String...
    ) async throws -> (driver: FaultyDriver, bench: Bench, session: Conversation) {
        var counting: FaultyDriver?
        let bench = try Bench { driver in
            let wrapped = FaultyDriver(driver)
            counting = wrapped
            return wrapped
        }
        for name in names { #expect(try await bench.answer("SIGNUP \(name) \"correct horse\"").reply.code == 250) }
        let session = try await bench.session()
        _ = try await session.ask("LOGIN \(names[0]) \"correct horse\"")
        _ = try await session.ask("WHOAMI")
        let driver = try #require(counting)
        _ = driver.takeReads()
        return (driver, bench, session)
    }

    @Test("Requests that change nothing share a read, and are answered in order")
    func together() async throws {
        let (driver, bench, session) = try await Self.session("alice", "bob", "carol", "dave")
        driver.beforeNextRead {
            try? await eventually { bench.identities.accounts.waitingCount >= 2 }
        }
        try await session.write("PUBKEY bob\r\nPUBKEY carol\r\nENCRYPT TO=nobody x\r\nENCRYPT TO=dave x\r\nWHOAMI\r\n")
        #expect(try await session.reply().last == "250 2.0.0 -----END PUBLIC KEY-----")
        #expect(try await session.reply().last == "250 2.0.0 -----END PUBLIC KEY-----")
        #expect(try await session.reply() == ["550 5.1.1 One of the recipients has no account"])
        #expect(try await session.reply()[0].hasPrefix("250 2.0.0 clv1."))
        #expect(try await session.reply() == ["250 2.0.0 alice"])
        let reads = driver.takeReads()
        #expect(reads.first == "keys bob" && reads.count < 4)
    }

    @Test("A request that changes something waits for all earlier requests, and later ones wait for it")
    func change() async throws {
        let (driver, bench, session) = try await Self.session("alice", "bob")
        driver.beforeNextRead { #expect((try? await bench.store.account(named: "carol")) == .some(nil)) }
        try await session.write("PUBKEY bob\r\nSIGNUP carol \"correct horse\"\r\nPUBKEY carol\r\n")
        #expect(try await session.reply().last == "250 2.0.0 -----END PUBLIC KEY-----")
        #expect(try await session.reply() == ["250 2.0.0 carol signed up, key 1"])
        #expect(try await session.reply().last == "250 2.0.0 -----END PUBLIC KEY-----")
    }

    @Test("A log-in that ends during the requests ends for all of them, and a later log-in counts for the next")
    func logInEnded() async throws {
        let (driver, bench, session) = try await Self.session("alice", "bob", "carol")
        driver.beforeNextRead { _ = try? await bench.store.raiseEpoch(of: "alice", ifEpoch: 0) }
        try await session.write("PUBKEY bob\r\nWHOAMI\r\nLOGIN bob \"correct horse\"\r\nWHOAMI\r\n")
        #expect(try await session.reply().last == "250 2.0.0 -----END PUBLIC KEY-----")
        #expect(try await session.reply()[0].hasPrefix("250 2.0.0 alice") == true)
        #expect(try await session.reply() == ["235 2.7.0 Logged in as bob"])
        #expect(try await session.reply() == ["250 2.0.0 bob"])
    }
}

import Commands
import Seal
import Signing
import TestKit
import Testing
import Wire

@Suite("What a sign-up reads of the database")
struct SignUpReadsTests {
    @Test("Nothing with a key, as the insert tells of the name and the key; the account before a password is hashed")
    func reads() async throws {
        var counting: CountingStore?
        let bench = try Bench { store in
            let wrapped = CountingStore(store)
            counting = wrapped
            return wrapped
        }
        let store = try #require(counting)
        let key = try SSHPublicKey(raw: SigningKey().rawPublicKey, comment: "").line
        #expect(try await bench.answer("SIGNUP KEY=\"\(key)\" alice").line == "250 2.0.0 alice signed up, key 1")
        #expect(try await bench.answer("SIGNUP KEY=\"\(key)\" alice").reply == Failure.nameTaken.reply)
        #expect(store.takeReads() == [])
        #expect(try await bench.answer("SIGNUP alice \"correct horse\"").reply == Failure.nameTaken.reply)
        #expect(store.takeReads() == ["accounts alice"])
    }
}

import Commands
import Seal
import Signing
import TestKit
import Testing
import Wire

@Suite("Reads of a sign-up")
struct SignUpReadsTests {
    @Test("A sign-up by key reads nothing, and one by password reads the account before the hash")
    func reads() async throws {
        var counting: FaultyDriver?
        let bench = try Bench { driver in
            let wrapped = FaultyDriver(driver)
            counting = wrapped
            return wrapped
        }
        let driver = try #require(counting)
        let key = try SSHPublicKey(raw: SigningKey().rawPublicKey, comment: "").line
        #expect(try await bench.answer("SIGNUP KEY=\"\(key)\" alice").line == "250 2.0.0 alice signed up, key 1")
        #expect(try await bench.answer("SIGNUP KEY=\"\(key)\" alice").reply == Failure.nameTaken.reply)
        #expect(driver.takeReads() == [])
        #expect(try await bench.answer("SIGNUP alice \"correct horse\"").reply == Failure.nameTaken.reply)
        #expect(driver.takeReads() == ["accounts alice"])
    }
}

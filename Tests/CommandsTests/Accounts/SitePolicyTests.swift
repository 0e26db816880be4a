import TestKit
import Testing
import Wire

@testable import Commands

/// A decision of the operator applies from the next command on. It also applies to what existed before, as far as
/// possible.
@Suite("The site's policy")
struct SitePolicyTests {
    @Test("The policy decides which clients may sign up")
    func signUp() async throws {
        let bench = try Bench()
        #expect(try await bench.answer("SIGNUP alice \"correct horse\"").reply.code == 250)
        var values = SitePolicy.Values()
        values.signUp = .closed
        bench.policy.become(values)
        #expect(
            try await bench.answer("SIGNUP bob \"correct horse\"").line
                == "550 5.7.1 Sign-up is closed; ask the operator")
        values.signUp = .open
        bench.policy.become(values)
        #expect(try await bench.answer("SIGNUP bob \"correct horse\"").reply.code == 250)
    }

    @Test("The policy decides how many wrong log-ins are allowed, and how long they count")
    func throttle() async throws {
        let bench = try Bench()
        _ = try await bench.answer("SIGNUP alice \"correct horse\"")
        for _ in 0..<2 { #expect(try await bench.answer("LOGIN alice wrong").reply.code == 535) }
        var values = SitePolicy.Values()
        values.throttle.limit = 2
        bench.policy.become(values)
        #expect(try await bench.answer("LOGIN alice \"correct horse\"").reply.code == 450)
        values.throttle.window = 60
        bench.policy.become(values)
        bench.clock.advance(61)
        #expect(try await bench.answer("LOGIN alice \"correct horse\"").reply.code == 235)
    }

    @Test("The policy decides how long the next tokens are good")
    func tokens() async throws {
        let bench = try Bench()
        _ = try await bench.answer("SIGNUP alice \"correct horse\"")
        let old = try await bench.logIn()
        var values = SitePolicy.Values()
        values.tokenLifetime = 60
        bench.policy.become(values)
        let new = try await bench.logIn()
        bench.clock.advance(61)
        #expect(try await bench.answer("VERIFY TOKEN=\(old)").reply.code == 250)
        #expect(try await bench.answer("VERIFY TOKEN=\(new)").line == "535 5.7.8 The token has expired")
    }
}

import TestKit
import Testing
import Wire

@testable import Commands

/// What the operator decides holds from the next command on, and for what was there before as far as it can.
@Suite("The site's policy")
struct SitePolicyTests {
    @Test("The policy says who may sign up")
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

    @Test("The policy says how many wrong log-ins there may be, and for how long they count")
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

    @Test("The policy says how long a token is good for, from the next one on")
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

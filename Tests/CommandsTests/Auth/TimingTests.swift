import Commands
import Seal
import TestKit
import Testing
import Wire

/// The test guards against a fault like CVE-2025-6011, where unknown users were found by timing.
@Suite("The duration of a wrong log-in")
struct TimingTests {
    private static let samples = 30
    private static let wrong = "535 5.7.8 Wrong name or password"

    /// Returns the probability that a sample on the left is larger than one on the right. Without a difference it is
    /// 0.5, with a standard deviation of 0.075 for this number of samples (the variance of Mann and Whitney's U). A
    /// slow machine does not matter, because it slows both sides in turn.
    private static func chance(_ left: [Duration], above right: [Duration]) -> Double {
        let pairs = left.flatMap { left in right.map { left > $0 ? 1.0 : left == $0 ? 0.5 : 0 } }
        return pairs.reduce(0, +) / Double(pairs.count)
    }

    @Test("The duration of a wrong log-in does not tell why it is wrong")
    func distributions() async throws {
        var setup = Bench.Setup()
        setup.cost = try #require(PasswordCost("13,8,1"))
        (setup.policy.throttle.free, setup.policy.throttle.limit) = (1000, 1000)
        setup.policy.throttle.networkLimit = 1000
        let bench = try Bench(setup)
        let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUwSM1qbD+L6BNLGr5TExcUI4wUqRT412+006GXyEiL"
        for request in [
            "SIGNUP alice \"correct horse\"", "SIGNUP bob \"correct horse\"", "SIGNUP KEY=\"\(line)\" carol",
        ] {
            #expect(try await bench.answer(request).reply.code == 250)
        }
        #expect(try await bench.answer("DISABLE bob").reply.code == 250)
        let names = ["alice", "nobody", "bob", "carol"]
        var times = names.map { _ in [Duration]() }
        for _ in 0..<Self.samples {
            for (index, name) in names.enumerated() {
                let start = ContinuousClock.now
                let answer = try await bench.answer("LOGIN \(name) \"wrong horse\"")
                times[index].append(start.duration(to: .now))
                #expect(answer.line == Self.wrong && answer.effect == nil)
            }
        }
        for (name, other) in zip(names, times).dropFirst() {
            let chance = Self.chance(other, above: times[0])
            #expect((0.15...0.85).contains(chance), "\(name): \(chance)")
            // Other tests on the machine can only make a time longer. So even beside them, the shortest times show
            // whether a hash was left out.
            let (least, ofWrong) = (other.min()!, times[0].min()!)
            #expect(least * 3 > ofWrong && ofWrong * 3 > least, "\(name): \(least), not \(ofWrong)")
        }
    }
}

import TestKit
import Testing

@testable import Link

@Suite("The limits of sessions per address")
struct AddressLimiterTests {
    private static func limiter() -> AddressLimiter { AddressLimiter(sessions: 3, unauthenticated: 2) }

    @Test("An address can have a limited number of sessions that have not logged in")
    func unauthenticated() throws {
        let limiter = Self.limiter()
        var first = try #require(limiter.takeSlot(for: "192.0.2.1:1000"))
        var second = try #require(limiter.takeSlot(for: "192.0.2.1:1001"))
        #expect(limiter.takeSlot(for: "192.0.2.1:1002") == nil)
        // A refused session was not counted.
        first.note(isUnauthenticated: false)
        let third = try #require(limiter.takeSlot(for: "192.0.2.1:1003"))
        second.note(isUnauthenticated: false)
        #expect(limiter.takeSlot(for: "192.0.2.1:1004") == nil)
        third.leave()
        #expect(limiter.takeSlot(for: "192.0.2.1:1005") != nil)
    }

    @Test("A session that logs in and out again counts once, however often it says so")
    func changes() throws {
        let limiter = Self.limiter()
        var slot = try #require(limiter.takeSlot(for: "192.0.2.1:1000"))
        for isUnauthenticated in [true, true, false, false, true, false, true] {
            slot.note(isUnauthenticated: isUnauthenticated)
        }
        let other = try #require(limiter.takeSlot(for: "192.0.2.1:1001"))
        #expect(limiter.takeSlot(for: "192.0.2.1:1002") == nil)
        slot.leave()
        other.leave()
        let slots = (0..<3).map { limiter.takeSlot(for: "192.0.2.1:\($0)") }
        #expect(slots.map { $0 != nil } == [true, true, false])
    }

    @Test("One address does not shut out another, and all addresses in an IPv6 client's /64 count as one")
    func addresses() {
        let limiter = Self.limiter()
        for peer in ["192.0.2.1:1", "192.0.2.1:2", "[2001:db8::1]:1", "[2001:db8::ffff:2]:1"] {
            #expect(limiter.takeSlot(for: peer) != nil)
        }
        for peer in ["192.0.2.1:3", "[2001:db8::3]:1", "[::ffff:192.0.2.1]:1"] {
            #expect(limiter.takeSlot(for: peer) == nil, "\(peer)")
        }
        for peer in ["192.0.2.2:1", "[2001:db8:0:1::1]:1"] { #expect(limiter.takeSlot(for: peer) != nil) }
    }
}

import TestKit
import Testing

@testable import Link

@Suite("How many sessions an address has")
struct SessionCensusTests {
    private static func census() -> SessionCensus { SessionCensus(sessions: 3, strangers: 2) }

    @Test("So many that have not logged in, and no more")
    func strangers() throws {
        let census = Self.census()
        var first = try #require(census.place(for: "192.0.2.1:1000"))
        var second = try #require(census.place(for: "192.0.2.1:1001"))
        #expect(census.place(for: "192.0.2.1:1002") == nil)
        // What was refused was not counted.
        first.note(isStranger: false)
        let third = try #require(census.place(for: "192.0.2.1:1003"))
        second.note(isStranger: false)
        #expect(census.place(for: "192.0.2.1:1004") == nil)
        third.leave()
        #expect(census.place(for: "192.0.2.1:1005") != nil)
    }

    @Test("Logging in and out again, told as often as may be, is counted once")
    func changes() throws {
        let census = Self.census()
        var place = try #require(census.place(for: "192.0.2.1:1000"))
        for isStranger in [true, true, false, false, true, false, true] { place.note(isStranger: isStranger) }
        let other = try #require(census.place(for: "192.0.2.1:1001"))
        #expect(census.place(for: "192.0.2.1:1002") == nil)
        place.leave()
        other.leave()
        let places = (0..<3).map { census.place(for: "192.0.2.1:\($0)") }
        #expect(places.map { $0 != nil } == [true, true, false])
    }

    @Test("One address does not shut out another; an IPv6 client has its whole network for one")
    func addresses() {
        let census = Self.census()
        for peer in ["192.0.2.1:1", "192.0.2.1:2", "[2001:db8::1]:1", "[2001:db8::ffff:2]:1"] {
            #expect(census.place(for: peer) != nil)
        }
        for peer in ["192.0.2.1:3", "[2001:db8::3]:1", "[::ffff:192.0.2.1]:1"] {
            #expect(census.place(for: peer) == nil, "\(peer)")
        }
        for peer in ["192.0.2.2:1", "[2001:db8:0:1::1]:1"] { #expect(census.place(for: peer) != nil) }
    }
}

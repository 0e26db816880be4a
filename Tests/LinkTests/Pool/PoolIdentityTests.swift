import NIOCore
import Testing
import Wire

@testable import Link

/// The identity of requests whose session moves from one server to another.
extension PoolTests {
    @Test("A request held after a log-in is sent elsewhere with its token, even if the link was lost after the log-in")
    func loggedInWhileLeaving() throws {
        for isLost in [false, true] {
            let site = try PoolTests()
            try site.give("ASK", "a", token: "old")
            try site.give("ASK", "b", token: "old")
            site.pool.setDraining(Self.server(0), true)
            try site.give("ASK", "c", token: "old")
            try site.links[0].say(lane: "1", "235 2.7.0 in", "TOKEN=new")
            #expect(try site.links[1].requests() == [])
            if isLost {
                try site.links[0].channel!.close().wait()
            } else {
                try site.links[0].say("#1 250 2.0.0 b")
            }
            #expect(site.answers.take() == ["235 in", isLost ? Self.lost : "250 b"])
            #expect(try site.links[1].requests() == ["#1 ASK c TOKEN=new"])
        }
    }

    @Test("A log-in that was answered before choices were recorded counts for held requests, unless its link is lost")
    func loggedInUnnoted() throws {
        for isLost in [false, true] {
            let site = try PoolTests()
            site.pool.remove(Self.server(0))
            try site.give("ASK", "a", token: "old")
            try site.give("ASK", "b", token: "old")
            let other = try site.add(2)
            // The choice was recorded, but the session's identity at that server is unknown here.
            try site.give("ASK", "c", token: "old")
            site.pool.setDraining(Self.server(1), true)
            try site.give("ASK", "d", token: "old")
            try site.links[1].say(lane: "1", "235 2.7.0 in", "TOKEN=new")
            if isLost {
                try site.links[1].channel!.close().wait()
                #expect(site.answers.take() == ["235 in", Self.lost, Self.lost, Self.lost])
                #expect(try other.requests() == [])
            } else {
                try site.links[1].say("#1 250 2.0.0 b", "#1 250 2.0.0 c")
                #expect(try other.requests() == ["#1 ASK d TOKEN=new"])
            }
        }
    }

    @Test("A late answer to a log-in at the session's former server does not change its identity when it returns there")
    func loggedInLate() throws {
        try give("ASK", "a")
        late()
        try links[1].say(lane: "1", "235 2.7.0 in", "TOKEN=a")
        try give("ASK", "b", token: "a")
        try links[1].say(lane: "1", "235 2.7.0 in", "TOKEN=b")
        #expect(answers.take() == ["235 in", "235 in"])
        _ = try links[0].requests()
        pool.setDraining(Self.server(1), true)
        try give("ASK", "c", token: "b")
        try links[0].say(lane: "1", "235 2.7.0 in", "TOKEN=a")
        try give("ASK", "d", token: "b")
        #expect(try links[0].requests() == ["#1 ASK c TOKEN=b", "#1 ASK d"])
        try give("ASK", "e")
        #expect(try links[0].requests() == ["#1 ASK e TOKEN=-"])
        #expect(answers.take() == [])
    }

    @Test("A session whose log-in was refused elsewhere sends its token again to a server where the log-in may succeed")
    func refusedElsewhere() throws {
        try give("ASK", "a", token: "t")
        late()
        try links[1].say("#1 535 5.7.8 no")
        #expect(answers.take() == ["535 no"])
        _ = try links[0].requests()
        pool.setDraining(Self.server(1), true)
        try give("ASK", "b", token: "t")
        #expect(try links[0].requests() == ["#1 ASK b TOKEN=t"])
    }
}

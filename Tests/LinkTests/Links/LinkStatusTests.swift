import Testing
import Wire

@testable import Link

@Suite("The lines of the log about the links to a server")
struct LinkStatusTests {
    private let status = LinkStatus()

    private func up(_ commands: String = "SIGN", isFirst: Bool = true) -> Bool {
        status.announced(commands, isFirst: isFirst) == .up
    }

    @Test("A server with several links comes up once, and goes down once")
    func once() {
        #expect([up(), up(), up()] == [true, false, false])
        #expect(status.lost(wasReady: true, reason: "closed") == .fewer(period: 1))
        #expect(status.lost(wasReady: true, reason: "closed") == .fewer(period: 1))
        #expect(status.isStillUp(since: 1))
        #expect(status.lost(wasReady: true, reason: "closed") == .down)
        #expect(!status.isStillUp(since: 1))
        #expect([up(), up(), up()] == [true, false, false])
        // The loss of the first links belongs to the time before.
        #expect(!status.isStillUp(since: 1) && status.isStillUp(since: 2))
    }

    @Test("Each reason why a server stays down is reported once")
    func reasons() {
        let told = ["refused", "refused", "no TLS", "refused", "no TLS"].map {
            status.lost(wasReady: false, reason: $0) == .down
        }
        #expect(told == [true, false, true, false, false])
        #expect(up())
        #expect(status.lost(wasReady: true, reason: "refused") == .down)
    }

    @Test("A link that cannot be made to a server that has others is reported as such")
    func others() {
        #expect(up())
        #expect(status.lost(wasReady: false, reason: "refused") == .fewer(period: 1))
        #expect(status.lost(wasReady: false, reason: nil) == nil)
        #expect(status.isStillUp(since: 1))
    }

    @Test("Other commands of a server that is up are reported once")
    func commands() {
        #expect([up(), up()] == [true, false])
        #expect([up("SIGN GUEST", isFirst: false), up("SIGN GUEST", isFirst: false)] == [true, false])
    }

    @Test("The number of remembered reasons is limited")
    func bound() {
        for number in 0..<1000 { #expect(status.lost(wasReady: false, reason: "\(number)") == .down) }
        #expect(status.lost(wasReady: false, reason: "999") == nil)
        #expect(status.lost(wasReady: false, reason: "0") == .down)
    }

    @Test("The pools report a problem with the commands once, until none of them has it")
    func problems() {
        let table = LinkStatusTable()
        let none = AnnouncementProblems()
        var problem = none
        problem.duplicates = ["SIGN"]
        #expect((0..<3).map { _ in table.changed(from: none, to: problem) } == [true, false, false])
        for _ in 0..<2 { _ = table.changed(from: problem, to: none) }
        #expect(!table.changed(from: none, to: problem))
        for _ in 0..<2 { _ = table.changed(from: problem, to: none) }
        #expect(table.changed(from: none, to: problem))
    }

    @Test("All links to a server share its status, until the last of them is gone")
    func table() {
        let (table, server) = (LinkStatusTable(), Endpoint.tcp(host: "192.0.2.1", port: 1))
        var status: LinkStatus? = table.status(of: server)
        #expect(status === table.status(of: server))
        #expect(status !== table.status(of: .tcp(host: "192.0.2.1", port: 2)))
        #expect(status?.announced("SIGN", isFirst: true) == .up)
        status = nil
        #expect(table.status(of: server).announced("SIGN", isFirst: true) == .up)
    }
}

import Link
import Logging
import Synchronization
import Testing

@testable import Proxy

/// A resolver and a site for a `NameWatch`, whose pauses end when the test says so. The look-up of `slow` waits until
/// the test gives it an answer.
private final class Names: Sendable {
    private let ticks = AsyncStream.makeStream(of: Void.self)
    let followed = AsyncStream.makeStream(of: Endpoint.self)
    let asked = AsyncStream.makeStream(of: String.self)
    let answers = AsyncStream.makeStream(of: Void.self)
    let upstreams = Mutex<[Endpoint]>(["slow", "quick"].map { .tcp(host: $0, port: 1) })

    func tick() { ticks.continuation.yield() }

    var watch: NameWatch {
        let site = NameWatch.Site(
            upstreams: { self.upstreams.withLock { $0 } },
            follow: { name, _ in self.followed.continuation.yield(name) })
        return NameWatch(
            site, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            lookUp: { name in
                self.asked.continuation.yield(name)
                if name == "slow" { for await _ in self.answers.stream { break } }
                return ["192.0.2.1"]
            },
            pause: { for await _ in self.ticks.stream { return } })
    }
}

@Suite("The watch on upstreams' names", .timeLimit(.minutes(1)))
struct NameWatchTests {
    private static let (slow, quick) = (Endpoint.tcp(host: "slow", port: 1), Endpoint.tcp(host: "quick", port: 1))

    @Test("A name with a slow resolver delays no other, and is not looked up twice at a time")
    func independent() async {
        let names = Names()
        let task = Task { [watch = names.watch] in await watch.run() }
        var followed = names.followed.stream.makeAsyncIterator()
        for _ in 1...3 {
            #expect(await followed.next() == Self.quick)
            names.tick()
        }
        #expect(await followed.next() == Self.quick)
        names.answers.continuation.yield()
        #expect(await followed.next() == Self.slow)
        names.upstreams.withLock { $0 = [] }
        task.cancel()
        names.tick()
        names.answers.continuation.finish()
        await task.value
        names.asked.continuation.finish()
        var asked: [String] = []
        for await name in names.asked.stream { asked.append(name) }
        #expect(asked.count { $0 == "slow" } == 1 && asked.count { $0 == "quick" } == 4, "\(asked)")
    }

    @Test("An answer that comes after the proxy has stopped is ignored")
    func stopped() async {
        let names = Names()
        let task = Task { [watch = names.watch] in await watch.run() }
        var asked = names.asked.stream.makeAsyncIterator()
        while let name = await asked.next(), name != "slow" {}
        task.cancel()
        names.answers.continuation.finish()
        await task.value
        names.followed.continuation.finish()
        for await name in names.followed.stream { #expect(name == Self.quick) }
    }
}

@Suite("The servers of a name")
struct NamedServersTests {
    private static func servers(after answers: [[Int]]) -> [Int] {
        var named = NamedServers()
        for answer in answers { named.take(answer.map { .tcp(host: "192.0.2.\($0)", port: 1) }) }
        return named.servers.map { Int($0.description.dropFirst(8).prefix { $0 != ":" })! }
    }

    @Test("A new server is used at once, and those of the last answer come first")
    func come() {
        #expect(Self.servers(after: [[1, 2]]) == [1, 2])
        #expect(Self.servers(after: [[1, 2], [3, 2]]) == [3, 2, 1])
    }

    @Test("A server is left after three answers in a row without it")
    func left() {
        #expect(Self.servers(after: [[1, 2], [2], [2]]) == [2, 1])
        #expect(Self.servers(after: [[1, 2], [2], [2], [2]]) == [2])
        #expect(Self.servers(after: [[1, 2], [2], [2], [1], [2], [2]]) == [2, 1])
        #expect(Self.servers(after: [[1, 2], [2], [2], [2], [1], [2], [2]]) == [2, 1])
    }

    @Test("A name has 256 servers at most, and known ones stay before others are taken")
    func limit() {
        let many = Array(0..<200)
        #expect(Self.servers(after: [Array(0..<300)]) == Array(0..<256))
        #expect(
            Self.servers(after: [many, Array((100..<500).reversed())]) == (100..<200).reversed() + (0..<100)
                + (444..<500).reversed())
        #expect(Self.servers(after: [many] + (0..<3).map { _ in Array(300..<600) }) == Array(300..<556))
    }

    @Test("All servers stay while the answers rotate")
    func rotating() {
        #expect(Set(Self.servers(after: [[1, 2], [2, 3], [3, 1], [1, 2], [2, 3], [3, 1]])) == [1, 2, 3])
    }
}

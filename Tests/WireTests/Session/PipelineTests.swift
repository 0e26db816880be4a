import NIOCore
import Testing

@testable import Wire

@Suite("The requests of a session")
struct PipelineTests {
    /// A pipeline, and what the test says to it. A request's message is its name, and so is its answer's text.
    private struct Line {
        var pipeline = Pipeline()
        private(set) var tickets: [String: Ticket] = [:]

        /// Takes in requests.
        mutating func append(_ names: String..., route: Int = 1, isPipelined: Bool = true) throws {
            let entry = Manifest.Entry(Sample.echo, route: route, isPipelined: isPipelined)
            for name in names { pipeline.append(try Request(entry, [ByteBuffer(string: name)])) }
        }

        /// The requests that may start now.
        mutating func start() -> [String] {
            var names: [String] = []
            while let start = pipeline.start() {
                let message = start.request.values[1]!.octets
                names.append(String(message.text.prefix { $0 != "\0" }))
                tickets[names.last!] = start.ticket
            }
            return names
        }

        @discardableResult
        mutating func answer(_ name: String) -> Bool {
            pipeline.answered(tickets[name]!, Answer(.done(name)))
        }

        /// The answers that may leave now.
        mutating func finish() -> [String] {
            var names: [String] = []
            while let finish = pipeline.finish() { names.append(finish.answer.reply.text) }
            return names
        }
    }

    @Test("Requests to one responder run together, if it keeps the order; to two they do not")
    func together() throws {
        var line = Line()
        try line.append("a", "b")
        try line.append("c", route: 2)
        #expect(line.start() == ["a", "b"])
        #expect(line.pipeline.size == 3)
        line.answer("a")
        line.answer("b")
        #expect(line.start() == ["c"])
        var single = Line()
        try single.append("a", "b", isPipelined: false)
        #expect(single.start() == ["a"])
    }

    @Test("Answers to hundreds of requests leave in the order of the requests, in whatever order they come")
    func neverDrained() throws {
        var line = Line()
        var random = Generator()
        var (running, finished, appended) = ([] as [String], [] as [String], 0)
        for round in 0..<1000 {
            // From 3 to 10 are under way, but for once in the middle.
            while running.count < (round == 500 ? 200 : 10) {
                try line.append("r\(appended)")
                running += line.start()
                appended += 1
            }
            while running.count > 3 {
                line.answer(running.remove(at: random.below(running.count)))
                finished += line.finish()
            }
            let slots = try #require(Mirror(reflecting: line.pipeline).descendant("slots") as? any Collection)
            #expect(slots.count <= line.pipeline.count + max(64, 2 * line.pipeline.count), "memory is given back")
        }
        running.shuffle(using: &random)
        for name in running { line.answer(name) }
        finished += line.finish()
        #expect(finished == (0..<appended).map { "r\($0)" })
        #expect(appended > 5000 && line.pipeline.isEmpty && line.pipeline.size == 0)
    }

    @Test("Answers that are there at once take their place among the others, also where slots were given back")
    func refusals() throws {
        var line = Line()
        var expected: [String] = []
        var finished: [String] = []
        try line.append("first")
        #expect(line.start() == ["first"])
        for number in 0..<300 {
            line.pipeline.append(Answer(.done("no \(number)")))
            try line.append("r\(number)")
            expected += ["no \(number)", "r\(number)"]
            #expect(line.start() == ["r\(number)"])
            line.answer(number == 0 ? "first" : "r\(number - 1)")
            finished += line.finish()
            #expect(!line.pipeline.isEmpty)
        }
        line.answer("r299")
        #expect(finished + line.finish() == ["first"] + expected)
    }

    @Test("An answer is for one request, once, and not before it has started")
    func once() throws {
        var line = Line()
        try line.append("a", "b", isPipelined: false)
        #expect(line.start() == ["a"])
        for ticket in [1, 2, 1000, Ticket(.max)] {
            let isTaken = line.pipeline.answered(ticket, Answer(.done("x")))
            #expect(!isTaken)
        }
        #expect(line.answer("a") == true)
        #expect(line.answer("a") == false)
        #expect(line.finish() == ["a"])
        #expect(line.answer("a") == false)
        #expect(line.start() == ["b"])
        #expect(line.answer("b") == true)
        #expect(line.answer("a") == false)
        #expect(line.finish() == ["b"])
        #expect(line.answer("b") == false)
    }

    @Test("An answer that comes after all was forgotten is for nobody, then and later", arguments: [0, 1, 40, 100])
    func late(_ finished: Int) throws {
        var line = Line()
        for number in 0..<finished {
            try line.append("r\(number)")
            #expect(line.start() == ["r\(number)"])
        }
        try line.append("old")
        #expect(line.start() == ["old"])
        for number in 0..<finished { line.answer("r\(number)") }
        #expect(line.finish().count == finished)
        line.pipeline.removeAll()
        #expect(line.pipeline.isEmpty && line.pipeline.count == 0 && line.pipeline.size == 0)
        #expect(line.answer("old") == false)
        #expect(line.finish() == [])
        try line.append("new")
        #expect(line.answer("old") == false)
        #expect(line.start() == ["new"])
        #expect(line.answer("old") == false)
        #expect(line.finish() == [])
        #expect(line.pipeline.size == 3)
        #expect(line.answer("new") == true)
        #expect(line.finish() == ["new"])
        for number in 0..<finished { #expect(line.answer("r\(number)") == false) }
    }

    /// The same numbers in each run (Knuth's MMIX generator).
    private struct Generator: RandomNumberGenerator {
        private var state: UInt64 = 1

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 32
        }

        mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
    }
}

import NIOCore
import Testing

@testable import Wire

@Suite("The pipeline of a session")
struct PipelineTests {
    /// A pipeline with a vocabulary for tests. The message of a request is its name, and so is the text of its
    /// answer.
    private struct Line {
        var pipeline = Pipeline()
        private(set) var tickets: [String: Ticket] = [:]

        /// Adds requests to the pipeline.
        mutating func append(_ names: String..., route: Int = 1, isPipelined: Bool = true) throws {
            let entry = Manifest.Entry(Sample.echo, route: route, isPipelined: isPipelined)
            for name in names { pipeline.append(try Request(entry, [ByteBuffer(string: name)])) }
        }

        /// Returns the names of the requests that may start now.
        mutating func start() -> [String] {
            var names: [String] = []
            while let start = pipeline.start() {
                let message = start.request.values[1]!.bytes
                names.append(String(message.text.prefix { $0 != "\0" }))
                tickets[names.last!] = start.ticket
            }
            return names
        }

        @discardableResult
        mutating func answer(_ name: String) -> Bool {
            pipeline.answered(tickets[name]!, Answer(.done(name)))
        }

        /// Returns the texts of the answers that may leave now.
        mutating func finish() -> [String] {
            var names: [String] = []
            while let finish = pipeline.finish() { names.append(finish.answer.reply.text) }
            return names
        }
    }

    @Test("Requests run together only if one responder gets them and keeps their order")
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

    @Test("Answers to many requests leave in the order of the requests, whatever order they arrive in")
    func neverDrained() throws {
        var line = Line()
        var random = Generator()
        var (running, finished, appended) = ([] as [String], [] as [String], 0)
        for round in 0..<1000 {
            // Between 3 and 10 requests are running, except for one peak of 200 in the middle.
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

    @Test("Immediate answers keep their order among the others, even after slots were removed")
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

    @Test("A request takes one answer, and only after it has started")
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

    @Test("An answer to a discarded request is ignored", arguments: [0, 1, 40, 100])
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

    /// A generator that gives the same numbers in every run (Knuth's MMIX).
    private struct Generator: RandomNumberGenerator {
        private var state: UInt64 = 1

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 32
        }

        mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
    }
}

import Foundation
import Logging
import TestKit
import Testing

@testable import Daemon

@Suite("The thread that writes the log")
struct LogSinkTests {
    private static let format = LogFormat(program: "test", form: .json)

    private static func line(_ number: Int) -> [UInt8] { format.line(.info, "line \(number)", []) }

    /// Returns the message of each line, followed by the number of lines that it reports, if any. Every line must be
    /// one JSON object.
    private static func messages(_ bytes: Data) throws -> [String] {
        try bytes.split(separator: UInt8(ascii: "\n")).map { line in
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: String])
            return try #require(object["message"]) + (object["lines"].map { " \($0)" } ?? "")
        }
    }

    /// Returns a pipe without room. It is full of empty lines.
    private static func fullPipe() -> (read: Int32, write: Int32) {
        let pipe = Child.pipe()
        _ = fcntl(pipe.write, F_SETFL, O_NONBLOCK)
        let filler = [UInt8](repeating: UInt8(ascii: "\n"), count: 1 << 20)
        #expect(write(pipe.write, filler, filler.count) > 0)
        _ = fcntl(pipe.write, F_SETFL, 0)
        return pipe
    }

    /// Reads a pipe from the moment of its creation until the other end is closed. An `async let` might begin much
    /// later.
    private struct Reader {
        private let texts: AsyncStream<Data>

        init(_ descriptor: Int32) {
            let (texts, continuation) = AsyncStream.makeStream(of: Data.self)
            self.texts = texts
            Thread.detachNewThread {
                var data = Data()
                var part = [UInt8](repeating: 0, count: 1 << 16)
                while case let count = read(descriptor, &part, part.count), count > 0 { data += part[..<count] }
                continuation.yield(data)
                continuation.finish()
            }
        }

        /// Returns all bytes that were read.
        func text() async -> Data { await texts.first { _ in true } ?? Data() }
    }

    /// Ends the log when all its lines are written. After that its thread must not write, because the descriptor may
    /// then belong to another test.
    private static func end(_ sink: LogSink, _ descriptor: Int32) async throws {
        try await eventually { sink.unwrittenLines == 0 }
        sink.finish()
        close(descriptor)
    }

    @Test("Lines that are not read are kept up to a bound, and the number of dropped lines is reported")
    func unread() async throws {
        let pipe = Self.fullPipe()
        let sink = LogSink(pipe.write, bounds: LogSink.Bounds(lines: 100, bytes: 1 << 20))
        for number in 0..<1000 { sink.write(Self.line(number), Self.format) }
        #expect(sink.lostCounts == [900, 0])
        let reader = Reader(pipe.read)
        // The line that reports the dropped lines is written last.
        try await eventually { !sink.hasUntold && sink.unwrittenLines == 0 }
        sink.write(Self.line(1000), Self.format)
        try await Self.end(sink, pipe.write)
        let messages = try Self.messages(await reader.text())
        close(pipe.read)
        #expect(messages == (0..<100).map { "line \($0)" } + ["the log dropped lines 900", "line 1000"])
    }

    @Test("Bytes are bounded as well as lines, and the end does not wait for a reader that has gone")
    func bytes() {
        signal(SIGPIPE, SIG_IGN)
        let pipe = Self.fullPipe()
        let bounds = LogSink.Bounds(lines: 1_000_000, bytes: 100 * Self.line(100).count)
        let sink = LogSink(pipe.write, bounds: bounds)
        for number in 100..<300 { sink.write(Self.line(number), Self.format) }
        #expect(sink.lostCounts == [100, 0])
        close(pipe.read)
        sink.finish()
        close(pipe.write)
    }

    @Test("A line that a write cuts short is continued where it was cut")
    func nonblocking() async throws {
        let pipe = Child.pipe()
        _ = fcntl(pipe.write, F_SETFL, O_NONBLOCK)
        let sink = LogSink(pipe.write)
        // The line is longer than a write that a pipe takes either whole or not at all.
        let long = String(repeating: "long", count: 1000)
        for number in 0..<50 {
            let line = Self.format.line(.info, "line \(number)", [("a", long), ("b", long), ("c", long)])
            sink.write(line, Self.format)
        }
        let reader = Reader(pipe.read)
        try await Self.end(sink, pipe.write)
        let messages = try Self.messages(await reader.text())
        #expect(messages == (0..<50).map { "line \($0)" })
        close(pipe.read)
    }

    @Test("Lines from many threads are whole, and all are written at the end")
    func threads() async throws {
        let pipe = Child.pipe()
        let sink = LogSink(pipe.write)
        let reader = Reader(pipe.read)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for number in 0..<500 { sink.write(Self.line(thread * 500 + number), Self.format) }
        }
        try await Self.end(sink, pipe.write)
        let messages = try Self.messages(await reader.text())
        #expect(Set(messages) == Set((0..<4000).map { "line \($0)" }))
        close(pipe.read)
    }

    @Test("At its end the log reports the lines left out for each cause")
    func leftOut() async throws {
        let pipe = Child.pipe()
        let sink = LogSink(pipe.write)
        for _ in 0..<10 {
            let cause = LogLimiter.Cause(.warning, "again", [("reason", "x")])
            if sink.admits(cause, most: 1, Self.format) { sink.write(Self.line(1), Self.format) }
        }
        #expect(sink.lostCounts == [0, 9])
        try await Self.end(sink, pipe.write)
        let messages = try Self.messages(await Reader(pipe.read).text())
        close(pipe.read)
        #expect(messages == ["line 1", "the log left out lines of the same cause 9"])
    }

    @Test("A value that is too long is cut")
    func longValue() throws {
        let line = Self.format.line(.error, "m", [("reason", String(repeating: "é", count: 1 << 20))])
        #expect(line.count < 2 * LogFormat.longestValue)
        #expect(try Self.messages(Data(line)) == ["m"])
    }
}
